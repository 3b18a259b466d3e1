import type { LiveCallRepository } from './contract';
import type { StoreContext } from './context';
import { durableCollection, isDuplicateKey } from './context';

/** Longer than any believable call; what is left over then belongs to nobody. */
const keptMs = 7 * 86_400_000;

interface LiveCallDocument {
  _id: string;
  connection: string;
  key: string;
  sealed: string;
  /** Of the lease under which it was written. */
  generation: number;
  expireAt: Date;
}

/** Calls that are going on, as their one watcher knows them; sealed, because they hold numbers. */
export class LiveCalls implements LiveCallRepository {
  private readonly documents;

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<LiveCallDocument>(context, 'live_calls');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndexes([
      { key: { connection: 1 } },
      { key: { expireAt: 1 }, expireAfterSeconds: 0 },
    ]);
  }

  async all(connection: string): Promise<{ key: string; state: string }[]> {
    const rows = await this.documents.find({ connection: { $eq: connection } }).toArray();
    return rows.flatMap(({ _id, key, sealed }) => {
      // Under a data key that is not set: the call is taken for one that was never seen.
      const state = this.context.keys.tryOpen(sealed, `live_calls/${_id}`);
      return state === null ? [] : [{ key, state: state.toString() }];
    });
  }

  async save(connection: string, key: string, state: string, generation: number): Promise<boolean> {
    const _id = `${connection}/${key}`;
    const sealed = this.context.keys.seal(state, `live_calls/${_id}`);
    const expireAt = new Date(this.context.clock().getTime() + keptMs);
    try {
      await this.documents.updateOne(
        { _id: { $eq: _id }, generation: { $lte: generation } },
        { $set: { connection, key, sealed, generation, expireAt } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      // A row of a newer owner is there, so the upsert ran into its key.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async erase(
    connection: string,
    isTheirs: (state: string) => boolean,
    before: Date,
  ): ReturnType<LiveCallRepository['erase']> {
    const counts = { removed: 0, young: 0 };
    for await (const { _id, sealed, expireAt } of this.documents.find({ connection: { $eq: connection } })) {
      const state = this.context.keys.tryOpen(sealed, `live_calls/${_id}`);
      if (state === null || !isTheirs(state.toString())) continue;
      const old = { _id: { $eq: _id }, expireAt: { $lt: new Date(before.getTime() + keptMs) } };
      if (expireAt.getTime() - keptMs >= before.getTime()) counts.young += 1;
      else counts.removed += (await this.documents.deleteOne(old)).deletedCount;
    }
    return counts;
  }

  async delete(connection: string, key: string, generation: number): Promise<void> {
    await this.documents.deleteOne({
      _id: { $eq: `${connection}/${key}` },
      generation: { $lte: generation },
    });
  }
}
