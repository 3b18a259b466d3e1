import type { Document } from 'mongodb';
import type { CallDocument } from './call-document';
import { idOf } from './call-document';
import type { ClaimRepository, ClaimRequest } from './contract';
import type { StoreContext } from './context';
import { durableCollection } from './context';
import { NumberClaims } from './number-claims';
import type { Claim, KnownEnds } from './report-rival';
import { claimOf, rivalOf, withKnownEnd } from './report-rival';

const keptMs = 2 * 86_400_000;
const mostHops = 5;
/** After that long without a call a caller's claims can decide nothing any more. */
const forgottenSeconds = 4 * 86_400;

/** Who owns a physical call when two sources tell it under different ids. One document for each caller keeps it atomic. */
export class Claims implements ClaimRepository {
  private readonly callers;
  private readonly losers;
  private readonly numbers;
  private readonly calls;

  constructor(context: StoreContext) {
    this.callers = durableCollection<{ _id: string; claims: Claim[]; touchedAt?: Date }>(context, 'claims');
    this.losers = durableCollection<{ _id: string; survivorCallId: string; expireAt: Date }>(
      context,
      'merged_calls',
    );
    this.numbers = new NumberClaims(context);
    this.calls = context.db.collection<CallDocument>('calls');
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
    const ends = mine.fromReport ? await this.endsNotClaimed(request) : [];
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
        ...(ends.length > 0
          ? [{ $set: { claims: { $map: { input: '$claims', as: 'c', in: withKnownEnd(ends) } } } }]
          : []),
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

  /**
   * Ends of this caller's calls as the ledger knows them: most calls end after their last claim. Read before the update that
   * decides, which stays one: an end does not change, and one that is missing only makes that update more careful.
   */
  private async endsNotClaimed(request: ClaimRequest): Promise<KnownEnds> {
    const document = await this.callers.findOne({ _id: { $eq: callerId(request) } });
    const ids = (document?.claims ?? [])
      .filter(({ fromReport, endMs }) => !fromReport && endMs === null)
      .map(({ callId }) => idOf(request.connection, callId));
    if (ids.length === 0) return [];
    const rows = await this.calls
      .find({ _id: { $in: ids } })
      .project<{ view: { callId: string; endedAt: string | null } | null }>({
        'view.callId': 1,
        'view.endedAt': 1,
      })
      .toArray();
    return rows.flatMap(({ view }) => {
      const endMs = Date.parse(view?.endedAt ?? '');
      return view === null || Number.isNaN(endMs) ? [] : [{ callId: view.callId, endMs }];
    });
  }

  async survivorOf(connection: string, callId: string): Promise<string | null> {
    let last: string | null = null;
    for (let hop = 0; hop < mostHops; hop++) {
      const _id: string = `${connection}/${last ?? callId}`;
      const lost = await this.losers.findOne({ _id: { $eq: _id } });
      if (lost === null) break;
      last = lost.survivorCallId;
    }
    return last;
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

  async callsOf(connection: string, callerHash: string): Promise<string[]> {
    const document = await this.callers.findOne({ _id: { $eq: callerId({ connection, callerHash }) } });
    return document?.claims.map(({ callId }) => callId) ?? [];
  }

  async erase(connection: string, callerHash: string, since: Date): ReturnType<ClaimRepository['erase']> {
    const _id = { $eq: callerId({ connection, callerHash }) };
    const document = await this.callers.findOne({ _id });
    if (document === null) return 'none';
    if (await this.mayStillBeTold(connection, document.claims, since)) {
      // A PBX may have told the number in the place of an extension; who is known by a number needs none.
      await this.callers.updateOne({ _id }, { $pull: { 'claims.$[].extensions': /^.{7,}$/ } } as never);
      return 'kept';
    }
    // Not one that somebody has claimed by since it was read.
    const touchedAt = document.touchedAt === undefined ? { $exists: false } : { $eq: document.touchedAt };
    const { deletedCount } = await this.callers.deleteOne({ _id, touchedAt });
    return deletedCount === 1 ? 'erased' : 'kept';
  }

  /** Whether a call is open, or was over only after `since`, by our clock where there is a row. */
  private async mayStillBeTold(connection: string, claims: Claim[], since: Date): Promise<boolean> {
    const ids = claims.map(({ callId }) => idOf(connection, callId));
    const rows = await this.calls
      .find({ _id: { $in: ids } })
      .project<Pick<CallDocument, '_id' | 'closed' | 'updatedAt'>>({ closed: 1, updatedAt: 1 })
      .toArray();
    const byId = new Map(rows.map((row) => [row._id, row]));
    return claims.some(({ callId, startMs, endMs, lostTo }) => {
      const row = byId.get(idOf(connection, callId));
      if (row === undefined) return Math.max(startMs, endMs ?? startMs) >= since.getTime();
      return (!row.closed && lostTo === null) || Date.parse(row.updatedAt) >= since.getTime();
    });
  }
}

/** The claim `$$c` with what its call was told meanwhile, if it is this one. */
function updated(mine: Claim): Document {
  const extensions = { $setUnion: ['$$c.extensions', { $literal: mine.extensions }] };
  const { endMs, endIsReceipt, direction } = mine;
  const told = {
    extensions,
    ...(endMs !== null && { endMs, endIsReceipt }),
    ...(direction !== null && { direction }),
  };
  const isMine = { $eq: ['$$c.callId', { $literal: mine.callId }] };
  return { $cond: [isMine, { $mergeObjects: ['$$c', told] }, '$$c'] };
}

function callerId({ connection, callerHash }: Pick<ClaimRequest, 'connection' | 'callerHash'>): string {
  return `${connection}/${callerHash}`;
}
