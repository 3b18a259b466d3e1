import type { PbxCall } from '../domain/pbx-call';
import { pbxCallOf } from '../domain/pbx-call';
import type { ClaimRequest } from './contract';
import type { StoreContext } from './context';
import { durableCollection, isDuplicateKey } from './context';

const keptMs = 2 * 86_400_000;
/** A restarted PBX does not give a number out again as fast as that. */
const sameStartMs = 10_000;
/** A history id begins when the call reaches the PBX, Call Control shows it when a phone rings: a queue lies between. */
const longestQueueMs = 30 * 60_000;

interface NumberClaim {
  callId: string;
  kind: PbxCall['kind'];
  startMs: number;
  /** The claim that this one lost to. */
  lostTo: string | null;
}

interface NumberDocument {
  _id: string;
  claims: NumberClaim[];
  version: number;
  expireAt: Date;
}

/**
 * Joins calls that are told under ids of different kinds: a history id, Call Control's number, or that number with the
 * start. One document for each number of a PBX keeps it atomic. A call has one id of each kind, so a claim that has
 * already been joined by a history id is not joined by a second one: that is the same number after a restart.
 */
export class NumberClaims {
  private readonly documents;
  private readonly calls;

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<NumberDocument>(context, 'number_claims');
    this.calls = context.db.collection<{ _id: string; view: { endedAt: string | null } | null }>('calls');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 });
  }

  /** The call that claimed first, or null: this one is the first, or its id holds no number. */
  async claim({ connection, callId, startedAt }: ClaimRequest): Promise<string | null> {
    const told = pbxCallOf(callId);
    if (told === null) return null;
    const mine = { callId, kind: told.kind, startMs: Date.parse(told.startedAt ?? startedAt) };
    const _id = `${connection}/${told.callNumber}`;
    // Most numbers are new, and then there is nothing to read.
    if (await this.write(_id, [{ ...mine, lostTo: null }], 0)) return null;
    for (;;) {
      const document = await this.documents.findOne({ _id: { $eq: _id } });
      const claims = (document?.claims ?? []).filter(({ startMs }) => startMs >= mine.startMs - keptMs);
      const known = claims.find((one) => one.callId === callId);
      if (known !== undefined) return known.lostTo;
      const lostTo = await this.rivalOf(connection, mine, claims);
      if (await this.write(_id, [...claims, { ...mine, lostTo }], document?.version ?? 0)) return lostTo;
    }
  }

  /** Who would win over a call that Call Control shows since `startedAt`. */
  async claimedAs(connection: string, callNumber: number, startedAt: string): Promise<string | null> {
    const document = await this.documents.findOne({ _id: { $eq: `${connection}/${callNumber}` } });
    const mine = { callId: '', kind: 'live' as const, startMs: Date.parse(startedAt) };
    return this.rivalOf(connection, mine, document?.claims ?? []);
  }

  /** The nearest claim that fits and was not over, as the ledger knows it, when this call began. */
  private async rivalOf(
    connection: string,
    mine: Omit<NumberClaim, 'lostTo'>,
    claims: NumberClaim[],
  ): Promise<string | null> {
    for (const { callId } of rivalsOf(mine, claims)) {
      const row = await this.calls.findOne({ _id: { $eq: `${connection}/${callId}` } });
      const endedMs = Date.parse(row?.view?.endedAt ?? '');
      if (Number.isNaN(endedMs) || endedMs >= mine.startMs - sameStartMs) return callId;
    }
    return null;
  }

  /** False: somebody else wrote since it was read. */
  private async write(_id: string, claims: NumberClaim[], version: number): Promise<boolean> {
    const expireAt = new Date(this.context.clock().getTime() + keptMs);
    try {
      const { matchedCount, upsertedCount } = await this.documents.updateOne(
        { _id: { $eq: _id }, version: { $eq: version } },
        { $set: { claims, version: version + 1, expireAt } },
        { upsert: version === 0 },
      );
      return matchedCount + upsertedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

function rivalsOf(mine: Omit<NumberClaim, 'lostTo'>, claims: NumberClaim[]): NumberClaim[] {
  const gap = (one: NumberClaim): number => Math.abs(one.startMs - mine.startMs);
  const isSame = (one: NumberClaim): boolean => mine.kind === 'live' && gap(one) <= sameStartMs;
  const joinedByAnother = (one: NumberClaim): boolean =>
    claims.some((other) => other.lostTo === one.callId && other.kind === mine.kind && !isSame(other));
  return claims
    .filter((one) => one.lostTo === null)
    .filter((one) =>
      one.kind === mine.kind ? isSame(one) : gap(one) <= longestQueueMs && !joinedByAnother(one),
    )
    .sort((a, b) => gap(a) - gap(b));
}
