import type { Document } from 'mongodb';
import type { ClaimRepository, ClaimRequest } from './contract';
import type { StoreContext } from './context';
import { durableCollection } from './context';
import { NumberClaims } from './number-claims';
import type { Claim } from './report-rival';
import { claimOf, rivalOf } from './report-rival';

const keptMs = 2 * 86_400_000;
/** After that long without a call a caller's claims can decide nothing any more. */
const forgottenSeconds = 4 * 86_400;

/** Who owns a physical call when two sources tell it under different ids. One document for each caller keeps it atomic. */
export class Claims implements ClaimRepository {
  private readonly callers;
  private readonly losers;
  private readonly numbers;

  constructor(context: StoreContext) {
    this.callers = durableCollection<{ _id: string; claims: Claim[]; touchedAt?: Date }>(context, 'claims');
    this.losers = durableCollection<{ _id: string; survivorCallId: string; expireAt: Date }>(
      context,
      'merged_calls',
    );
    this.numbers = new NumberClaims(context);
    this.expireAt = () => new Date(context.clock().getTime() + context.ledgerDays * 86_400_000);
  }

  private readonly expireAt: () => Date;

  async createIndexes(): Promise<void> {
    await this.callers.createIndex({ touchedAt: 1 }, { expireAfterSeconds: forgottenSeconds });
    await this.losers.createIndexes([
      { key: { expireAt: 1 }, expireAfterSeconds: 0 },
      { key: { survivorCallId: 1 } },
    ]);
    await this.numbers.createIndexes();
  }

  async claim(request: ClaimRequest, windowMs: number): ReturnType<ClaimRepository['claim']> {
    const sameNumber = await this.numbers.claim(request);
    if (sameNumber !== null) return this.lose(request, sameNumber);
    if (request.callerHash === null) return { won: true };
    const mine = claimOf(request);
    // Everything happens in one update of one document, so of two claimers one comes first.
    const known = { $in: [{ $literal: request.callId }, '$claims.callId'] };
    const document = await this.callers.findOneAndUpdate(
      { _id: { $eq: callerId(request) } },
      [
        {
          $set: {
            claims: {
              $filter: {
                input: { $ifNull: ['$claims', []] },
                as: 'c',
                cond: { $gte: ['$$c.startMs', mine.startMs - keptMs] },
              },
            },
          },
        },
        { $set: { rival: rivalOf(mine, windowMs, request.callerHash === '') } },
        {
          $set: {
            claims: {
              $cond: [
                known,
                { $map: { input: '$claims', as: 'c', in: updated(mine) } },
                {
                  $concatArrays: [
                    '$claims',
                    [
                      {
                        $mergeObjects: [{ $literal: mine }, { lostTo: { $ifNull: ['$rival.callId', null] } }],
                      },
                    ],
                  ],
                },
              ],
            },
          },
        },
        { $unset: 'rival' },
        { $set: { touchedAt: '$$NOW' } },
      ],
      { upsert: true, returnDocument: 'after' },
    );
    const lostTo = document?.claims.find((claim) => claim.callId === request.callId)?.lostTo ?? null;
    if (lostTo === null) return { won: true };
    return this.lose(request, lostTo);
  }

  async survivorOf(connection: string, callId: string): Promise<string | null> {
    return (await this.losers.findOne({ _id: { $eq: `${connection}/${callId}` } }))?.survivorCallId ?? null;
  }

  async losersOf(connection: string, survivors: readonly string[]): Promise<string[]> {
    const prefix = `${connection}/`;
    const rows = await this.losers.find({ survivorCallId: { $in: survivors } }).toArray();
    return rows.filter(({ _id }) => _id.startsWith(prefix)).map(({ _id }) => _id.slice(prefix.length));
  }

  claimedAs(connection: string, callNumber: number, startedAt: string): Promise<string | null> {
    return this.numbers.claimedAs(connection, callNumber, startedAt);
  }

  private async lose(
    { connection, callId }: ClaimRequest,
    survivorCallId: string,
  ): Promise<{ won: false; survivorCallId: string }> {
    await this.losers.updateOne(
      { _id: { $eq: `${connection}/${callId}` } },
      { $set: { survivorCallId, expireAt: this.expireAt() } },
      { upsert: true },
    );
    return { won: false, survivorCallId };
  }

  async erase(connection: string, callerHash: string): Promise<number> {
    return (await this.callers.deleteOne({ _id: { $eq: `${connection}/${callerHash}` } })).deletedCount;
  }
}

/** The claim `$$c` with what its call was told meanwhile, if it is this one. */
function updated(mine: Claim): Document {
  const extensions = { $setUnion: ['$$c.extensions', { $literal: mine.extensions }] };
  const endMs = mine.endMs ?? '$$c.endMs';
  const isMine = { $eq: ['$$c.callId', { $literal: mine.callId }] };
  return { $cond: [isMine, { $mergeObjects: ['$$c', { extensions, endMs }] }, '$$c'] };
}

function callerId({ connection, callerHash }: Pick<ClaimRequest, 'connection' | 'callerHash'>): string {
  return `${connection}/${callerHash}`;
}
