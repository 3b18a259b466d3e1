import type { Document } from 'mongodb';
import type { ClaimRequest } from './contract';

/** What is kept of a claim until its caller's later calls can no longer be taken for it. */
export interface Claim {
  callId: string;
  startMs: number;
  /** Null: not told yet. */
  endMs: number | null;
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

/** The claim of a request before it is known whether it wins. */
export function claimOf(request: ClaimRequest): Claim {
  const { extension, moreExtensions = [], endedAt } = request;
  return {
    callId: request.callId,
    startMs: Date.parse(request.startedAt),
    endMs: endedAt === null || endedAt === undefined ? null : Date.parse(endedAt),
    extensions: [...new Set(extension === null ? moreExtensions : [extension, ...moreExtensions])],
    fromReport: request.fromReport,
    lostTo: null,
  };
}

/**
 * The winning claim among `$claims` that tells the same physical call as `mine` does, as an aggregation expression; null
 * when there is none. One of the two is a report without an id. A client who calls again, or twice at once, has several
 * calls within the window: then the nearest start counts, and a call that has its report already takes another one only
 * when the two overlap, as those of several persons do. A report that has its call takes no other: two calls with ids of
 * their own are two calls.
 */
export function rivalOf(mine: Claim, windowMs: number, isAnonymous: boolean): Document {
  const candidates = {
    $filter: {
      input: '$claims',
      as: 'other',
      cond: {
        $and: [
          { $ne: ['$$other.fromReport', mine.fromReport] },
          { $eq: ['$$other.lostTo', null] },
          { $lte: [distance('$$other', mine), windowMs] },
          mine.fromReport ? overlapsLosers('$$other', mine) : { $eq: [{ $size: losersTo('$$other') }, 0] },
          ...(isAnonymous ? [samePhone(mine)] : []),
        ],
      },
    },
  };
  const nearer = { $lt: [distance('$$this', mine), distance('$$value', mine)] };
  return {
    $reduce: {
      input: candidates,
      initialValue: null,
      in: { $cond: [{ $or: [{ $eq: ['$$value', null] }, nearer] }, '$$this', '$$value'] },
    },
  };
}

function distance(claim: string, mine: Claim): Document {
  return { $abs: { $subtract: [`${claim}.startMs`, mine.startMs] } };
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
  const sameStart = { $lte: [distance('$$other', mine), sameStartMs] };
  if (mine.extensions.length === 0) return sameStart;
  const common = { $setIntersection: ['$$other.extensions', { $literal: mine.extensions }] };
  return {
    $or: [
      { $and: [{ $gt: [{ $size: common }, 0] }, { $lte: [distance('$$other', mine), nearStartMs] }] },
      { $and: [{ $eq: [{ $size: '$$other.extensions' }, 0] }, sameStart] },
    ],
  };
}
