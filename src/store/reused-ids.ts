import { laterCallId } from '../domain/call-id';
import type { ReusedIdRepository } from './contract';
import type { StoreContext } from './context';
import { durableCollection, isDuplicateKey } from './context';

const dayMs = 86_400_000;

interface ReusedIdDocument {
  _id: string;
  /** Starts of the calls that were told apart so far, ISO 8601, in the order of their discovery. */
  starts: string[];
  expireAt: Date;
}

/** Which physical calls an id stood for that the PBX gave out again after a restart. */
export class ReusedIds implements ReusedIdRepository {
  private readonly documents;

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<ReusedIdDocument>(context, 'reusedIds');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndexes([{ key: { expireAt: 1 }, expireAfterSeconds: 0 }]);
  }

  async callIdFor(connection: string, callId: string, startedAt: string, windowMs: number): Promise<string> {
    const _id = `${connection}/${callId}`;
    for (;;) {
      const document = await this.documents.findOne({ _id: { $eq: _id } });
      const starts = document?.starts ?? [];
      const known = starts.find((start) => Math.abs(Date.parse(start) - Date.parse(startedAt)) <= windowMs);
      if (known !== undefined) return laterCallId(callId, known);
      if (await this.add(_id, starts, startedAt)) return laterCallId(callId, startedAt);
    }
  }

  async latest(connection: string, callId: string): Promise<string | null> {
    const document = await this.documents.findOne({ _id: { $eq: `${connection}/${callId}` } });
    const [latest] = [...(document?.starts ?? [])].sort((a, b) => Date.parse(b) - Date.parse(a));
    return latest === undefined ? null : laterCallId(callId, latest);
  }

  /** Adds a start unless somebody added one since `seen` was read. */
  private async add(_id: string, seen: string[], startedAt: string): Promise<boolean> {
    const expireAt = new Date(this.context.clock().getTime() + this.context.ledgerDays * dayMs);
    try {
      const { matchedCount, upsertedCount } = await this.documents.updateOne(
        { _id: { $eq: _id }, starts: { $eq: seen } },
        { $set: { starts: [...seen, startedAt], expireAt } },
        { upsert: seen.length === 0 },
      );
      return matchedCount + upsertedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}
