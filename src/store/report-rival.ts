import type { Document } from 'mongodb';
import type { ClaimRequest } from './contract';

/** What is kept of a claim until its caller's later calls can no longer be taken for it. */
export interface Claim {
  callId: string;
  startMs: number;
  /** Null: not told yet. */
  endMs: number | null;
  /** `endMs` is when a report came that tells no end. Claims of older builds hold none of it. */
  endIsReceipt?: boolean;
  /** Absent or null: not known. */
  direction?: ClaimRequest['direction'] | null;
  extensions: string[];
  fromReport: boolean;
  /** The claim that this one lost to. */
  lostTo: string | null;
}

/** Reports of the several persons who had one call overlap, give or take what a transfer takes. */
const overlapSlackMs = 5_000;
/** How exactly two sources tell one start: reports have whole seconds. */
const sameStartMs = 2_000;
/** An extension has no two calls of hidden numbers that begin so near to each other. */
const nearStartMs = 15_000;
/** How exactly two sources tell one end. */
const sameEndMs = 15_000;
/** A report begins when the client enters, a live call when a phone rings: a queue lies between. */
const longestQueueMs = 30 * 60_000;
/** Clocks of the two sources differ by less; who hangs up, calls again and has a phone ring takes longer. */
const clocksApartMs = 30_000;

/** The claim of a request before it is known whether it wins. */
export function claimOf(request: ClaimRequest): Claim {
  const { extension, moreExtensions = [], endedAt } = request;
  return {
    callId: request.callId,
    startMs: Date.parse(request.startedAt),
    endMs: endedAt === null || endedAt === undefined ? null : Date.parse(endedAt),
    endIsReceipt: request.endIsReceipt === true,
    direction: request.direction ?? null,
    extensions: [...new Set(extension === null ? moreExtensions : [extension, ...moreExtensions])],
    fromReport: request.fromReport,
    lostTo: null,
  };
}

/** The ends that the ledger knows of calls whose claims hold none. */
export type KnownEnds = readonly { callId: string; endMs: number }[];

/** The claim `$$c` with its end, if it was not told and the ledger knows it. */
export function withKnownEnd(ends: KnownEnds): Document {
  const known = {
    $first: {
      $filter: { input: { $literal: ends }, as: 'known', cond: { $eq: ['$$known.callId', '$$c.callId'] } },
    },
  };
  return {
    $let: {
      vars: { known },
      in: { $mergeObjects: ['$$c', { endMs: { $ifNull: ['$$c.endMs', '$$known.endMs', null] } }] },
    },
  };
}

/**
 * The winning claim among `$claims` that tells the same physical call as `mine` does, as an aggregation expression; null
 * when there is none. One of the two is a report without an id. Both go the same way, and either their starts lie within the
 * window and the one was not over before the other began (`isNear`), or one began during the other (`duringEachOther`).
 *
 * A client who calls again, or twice at once, has several calls that fit: then one that overlaps comes before one that does
 * not, one that was over comes last, and of those the nearest start counts. A call that has its report already takes another
 * one only when the two overlap, as those of several persons do. A report that has its call takes no other: two calls with
 * ids of their own are two calls.
 */
export function rivalOf(mine: Claim, windowMs: number, isAnonymous: boolean): Document {
  const near = isNear(mine, windowMs);
  const candidates = {
    $filter: {
      input: '$claims',
      as: 'other',
      cond: {
        $and: [
          { $ne: ['$$other.fromReport', mine.fromReport] },
          { $eq: ['$$other.lostTo', null] },
          { $or: [isSameWay(mine), sharesPhone(mine), startsAlike('$$other', mine)] },
          mine.fromReport ? overlapsLosers('$$other', mine) : { $eq: [{ $size: losersTo('$$other') }, 0] },
          isAnonymous
            ? { $or: [{ $and: [near, samePhone(mine)] }, hiddenDuringEachOther(mine)] }
            : { $or: [near, duringEachOther(mine)] },
        ],
      },
    },
  };
  const ranked = {
    $map: {
      input: candidates,
      as: 'other',
      in: {
        callId: '$$other.callId',
        apart: { $cond: [meets(mine, overlapSlackMs), 0, { $cond: [isOver(mine), 2, 1] }] },
        distance: distance('$$other', mine),
      },
    },
  };
  const nearer = {
    $or: [
      { $lt: ['$$this.apart', '$$value.apart'] },
      {
        $and: [{ $eq: ['$$this.apart', '$$value.apart'] }, { $lt: ['$$this.distance', '$$value.distance'] }],
      },
    ],
  };
  return {
    $reduce: {
      input: ranked,
      initialValue: null,
      in: { $cond: [{ $or: [{ $eq: ['$$value', null] }, nearer] }, '$$this', '$$value'] },
    },
  };
}

function distance(claim: string, mine: Claim): Document {
  return { $abs: { $subtract: [`${claim}.startMs`, mine.startMs] } };
}

/**
 * Whether the starts lie within the window and neither was over before the other began. For a report that names a phone of
 * the call this need not be: the clock of the PBX may be wrong, or the report tells no times and came late. The other way
 * round it must be, since a report comes after its call.
 */
function isNear(mine: Claim, windowMs: number): Document {
  const excused = mine.fromReport ? { $and: [sharesPhone(mine), isSameWay(mine)] } : { $literal: false };
  return {
    $and: [{ $lte: [distance('$$other', mine), windowMs] }, { $or: [{ $not: isOver(mine) }, excused] }],
  };
}

/** Whether the directions agree, as far as both are known. Who tells none counts as inbound: a difference is no proof. */
function isSameWay({ direction = null }: Claim): Document {
  if (direction === null) return { $literal: true };
  return { $eq: [{ $ifNull: ['$$other.direction', direction] }, direction] };
}

/** Whether the times of `$$other` and `mine` overlap, or lie no further apart. A call whose end is not known has its start. */
function meets(mine: Claim, slackMs: number): Document {
  const otherEnd = { $ifNull: ['$$other.endMs', '$$other.startMs'] };
  return {
    $and: [
      { $lte: ['$$other.startMs', (mine.endMs ?? mine.startMs) + slackMs] },
      { $gte: [otherEnd, mine.startMs - slackMs] },
    ],
  };
}

/** Whether one of `$$other` and `mine` is known to have been over before the other began. */
function isOver(mine: Claim): Document {
  const otherEnd = { $ifNull: ['$$other.endMs', mine.startMs] };
  return {
    $or: [
      { $lt: [otherEnd, mine.startMs - clocksApartMs] },
      ...(mine.endMs === null ? [] : [{ $gt: ['$$other.startMs', mine.endMs + clocksApartMs] }]),
    ],
  };
}

/**
 * Whether the phone rang while the client of the report was in the PBX, after whatever queue or announcement; or the report
 * begins during the call, as that of a person who took it over does. Of two persons behind one number the one may talk
 * while the other waits. So the report must also name a phone of that call, or end with it, or begin with a report that the
 * call has. Only the first report of a call that tells no end need not, as long as the phone rang after its start.
 */
function duringEachOther(mine: Claim): Document {
  const [report, live] = mine.fromReport
    ? [mine.startMs, '$$other.startMs']
    : ['$$other.startMs', mine.startMs];
  const wait = { $subtract: [live, report] };
  const isFirst = { $and: [{ $eq: [{ $size: losersTo('$$other') }, 0] }, { $not: reportTellsEnd(mine) }] };
  const asLoser = {
    $anyElementTrue: {
      $map: {
        input: losersTo('$$other'),
        as: 'loser',
        in: startsAlike('$$loser', mine),
      },
    },
  };
  const sure = { $or: [sharesPhone(mine), endsAlike(mine)] };
  const waited = { $and: [{ $gte: [wait, 0] }, { $or: [isFirst, asLoser, sure] }] };
  return {
    $and: [
      meets(mine, overlapSlackMs),
      { $lte: [wait, longestQueueMs] },
      { $or: [waited, { $and: [{ $lt: [wait, 0] }, sure] }] },
    ],
  };
}

/** The same for callers without number, who look alike. */
function hiddenDuringEachOther(mine: Claim): Document {
  return { $and: [duringEachOther(mine), sharesPhone(mine), endsAlike(mine)] };
}

function sharesPhone(mine: Claim): Document {
  return {
    $gt: [{ $size: { $setIntersection: ['$$other.extensions', { $literal: mine.extensions }] } }, 0],
  };
}

function startsAlike(claim: string, mine: Claim): Document {
  return { $lte: [distance(claim, mine), sameStartMs] };
}

/** Whether that of `$$other` and `mine` which is the report tells its end. */
function reportTellsEnd(mine: Claim): Document {
  return mine.fromReport ? { $literal: tellsEnd(mine) } : otherTellsEnd;
}

function tellsEnd({ endMs, endIsReceipt }: Claim): boolean {
  return endMs !== null && endIsReceipt !== true;
}

const otherTellsEnd: Document = {
  $and: [{ $ne: ['$$other.endMs', null] }, { $ne: ['$$other.endIsReceipt', true] }],
};

function endsAlike(mine: Claim): Document {
  if (!tellsEnd(mine)) return { $literal: false };
  return {
    $and: [otherTellsEnd, { $lte: [{ $abs: { $subtract: ['$$other.endMs', mine.endMs] } }, sameEndMs] }],
  };
}

/** Those who lost to a claim. */
function losersTo(claim: string): Document {
  return { $filter: { input: '$claims', as: 'loser', cond: { $eq: ['$$loser.lostTo', `${claim}.callId`] } } };
}

/** Whether `mine` overlaps the time from the first start to the last end of those who lost to a claim; nobody did: yes. */
function overlapsLosers(claim: string, mine: Claim): Document {
  const losers = losersTo(claim);
  const starts = { $map: { input: losers, as: 'loser', in: '$$loser.startMs' } };
  const ends = {
    $map: { input: losers, as: 'loser', in: { $ifNull: ['$$loser.endMs', '$$loser.startMs'] } },
  };
  const firstStart = { $ifNull: [{ $min: starts }, mine.startMs] };
  const lastEnd = { $ifNull: [{ $max: ends }, mine.startMs] };
  return {
    $and: [
      { $lte: [mine.startMs, { $add: [lastEnd, overlapSlackMs] }] },
      { $gte: [(mine.endMs ?? mine.startMs) + overlapSlackMs, firstStart] },
    ],
  };
}

/** Callers without number look alike: the extension tells them apart, or the exact start while one side names none. */
function samePhone(mine: Claim): Document {
  const sameStart = startsAlike('$$other', mine);
  if (mine.extensions.length === 0) return sameStart;
  return {
    $or: [
      { $and: [sharesPhone(mine), { $lte: [distance('$$other', mine), nearStartMs] }] },
      { $and: [{ $eq: [{ $size: '$$other.extensions' }, 0] }, sameStart] },
    ],
  };
}
