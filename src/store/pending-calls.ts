import type { StoreContext } from './context';
import { durableCollection, isDuplicateKey } from './context';
import type { PendingCallRepository, PortalCall, PortalCallClaim } from './portal-contract';

const minuteMs = 60_000;
/** The portal keeps a click for half an hour (`bitrix24.md` section 7). */
const dialledWithinMs = 30 * minuteMs;
/** Its events come through a queue: the PBX may have dialled already. */
const toldLateMs = minuteMs;
/** Longer than the window, because a call may be registered long after it started; longer than the longest call. */
const keptMs = 2 * 24 * 60 * minuteMs;
const mostCandidates = 50;

interface PendingCallDocument {
  _id: string;
  connection: string;
  bitrix24CallId: string;
  userId: number;
  callerHashes: string[];
  at: Date;
  /** Our call that it was given to. */
  claimedBy?: string;
  expireAt: Date;
}

/** One small document a click. */
export class PendingCalls implements PendingCallRepository {
  private readonly documents;

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<PendingCallDocument>(context, 'pending_calls');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndexes([
      { key: { connection: 1, callerHashes: 1 } },
      // One of our calls never gets two, not even when two attempts ask at once.
      {
        key: { connection: 1, claimedBy: 1 },
        unique: true,
        partialFilterExpression: { claimedBy: { $exists: true } },
      },
      { key: { expireAt: 1 }, expireAfterSeconds: 0 },
    ]);
  }

  async remember(call: PortalCall, { timeoutMs }: { timeoutMs: number }): Promise<void> {
    const at = this.context.clock();
    const { connection, bitrix24CallId, userId, callerHashes } = call;
    const document = { connection, bitrix24CallId, userId, callerHashes, at };
    await this.documents.updateOne(
      { _id: { $eq: `${connection}/${bitrix24CallId}` } },
      { $setOnInsert: { ...document, expireAt: new Date(at.getTime() + keptMs) } },
      { upsert: true, timeoutMS: timeoutMs },
    );
  }

  async claim(request: PortalCallClaim): Promise<string | null> {
    const { connection, callId, userId, callerHash, startedAt } = request;
    const known = await this.claimed(connection, callId);
    if (known !== null || callerHash === '') return known;
    const startMs = Date.parse(startedAt);
    const free = await this.documents
      .find({
        connection: { $eq: connection },
        callerHashes: { $eq: callerHash },
        userId: { $eq: userId },
        at: { $gte: new Date(startMs - dialledWithinMs), $lte: new Date(startMs + toldLateMs) },
        claimedBy: { $exists: false },
      })
      .limit(mostCandidates)
      .toArray();
    const distanceMs = ({ at }: PendingCallDocument): number => Math.abs(at.getTime() - startMs);
    for (const { _id, bitrix24CallId } of free.sort((a, b) => distanceMs(a) - distanceMs(b))) {
      try {
        const { modifiedCount } = await this.documents.updateOne(
          { _id: { $eq: _id }, claimedBy: { $exists: false } },
          { $set: { claimedBy: callId } },
        );
        if (modifiedCount === 1) return bitrix24CallId;
      } catch (error) {
        if (isDuplicateKey(error)) return this.claimed(connection, callId);
        throw error;
      }
    }
    return null;
  }

  async claimed(connection: string, callId: string): Promise<string | null> {
    const document = await this.documents.findOne({
      connection: { $eq: connection },
      claimedBy: { $eq: callId },
    });
    return document?.bitrix24CallId ?? null;
  }

  async erase(connection: string, callerHash: string): Promise<number> {
    const { modifiedCount } = await this.documents.updateMany(
      { connection: { $eq: connection }, callerHashes: { $eq: callerHash } },
      // The CALL_ID stays, so that a repeat of our step finds what it was given.
      { $set: { callerHashes: [] } },
    );
    return modifiedCount;
  }
}
