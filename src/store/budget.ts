import { createHash } from 'node:crypto';
import type { BudgetAnswer, BudgetClass, BudgetRepository } from './contract';
import type { StoreContext } from './context';
import { isDuplicateKey } from './context';

/** Bitrix24's leaky bucket by plan: requests it holds, requests that leak out a second (`bitrix24.md` 3.1). */
const plans = {
  standard: { threshold: 50, perSecond: 2 },
  enterprise: { threshold: 250, perSecond: 5 },
} as const;

/** How full each class may make the bucket: live work always finds room that background work leaves. */
const shares: Record<BudgetClass, number> = {
  register: 0.96,
  cards: 0.8,
  finish: 0.7,
  recording: 0.4,
  background: 0.2,
};

/** Nobody is told to stay away for longer: who waits may have gone meanwhile, and their turns with them. */
const longestTurnMs = 60_000;

/** Blocks of clients that are not told apart. */
const anyClient = '-';

interface BucketDocument {
  _id: string;
  /** Requests in the bucket, at the instant `at`. */
  level: number;
  at: Date;
  taken: boolean;
  /** By class: the instant until which turns are given out to those who wait. */
  turns?: Partial<Record<BudgetClass, Date>>;
  /** Until when a method of a client, or all of them, must not be called, by `blockField`. */
  blocks?: Record<string, Date>;
  waitMs?: number;
  blockedBy?: 'client' | 'method' | null;
}

/** One budget for each portal, shared by all processes: the database's clock and one atomic update decide. */
export class Budget implements BudgetRepository {
  private readonly buckets;

  constructor({ db }: StoreContext) {
    // Not durable on purpose: after a crash of the database a bucket may forget, and the portal itself still refuses.
    this.buckets = db.collection<BucketDocument>('budget', { writeConcern: { w: 1 } });
  }

  async take(
    portal: string,
    plan: 'standard' | 'enterprise',
    cls: BudgetClass,
    method: string,
    { client = anyClient, requests = 1 }: { client?: string; requests?: number } = {},
  ): Promise<BudgetAnswer> {
    const blocks = { method: blockField(client, method), client: blockField(client, '*') };
    const update = takeOrQueue(plan, cls, requests, blocks);
    for (let attempt = 0; ; attempt++) {
      try {
        const bucket = await this.buckets.findOneAndUpdate({ _id: { $eq: portal } }, update, {
          upsert: true,
          returnDocument: 'after',
          projection: { taken: 1, waitMs: 1, blockedBy: 1 },
        });
        if (bucket === null || bucket.taken) return { waitMs: 0 };
        const waitMs = Math.max(1, Math.ceil(bucket.waitMs ?? 0));
        return { waitMs, ...(bucket.blockedBy && { blockedBy: bucket.blockedBy }) };
      } catch (error) {
        // Two processes made the first entry of a portal at once.
        if (!isDuplicateKey(error) || attempt >= 3) throw error;
      }
    }
  }

  async refused(portal: string, plan: 'standard' | 'enterprise'): Promise<void> {
    const level = plans[plan].threshold;
    await this.buckets.updateOne(
      { _id: { $eq: portal } },
      [{ $set: { level: { $max: [level, leaked(plans[plan].perSecond)] }, at: '$$NOW', taken: false } }],
      { upsert: true },
    );
  }

  async block(portal: string, method: string, until: Date, client: string = anyClient): Promise<void> {
    const field = blockField(client, method);
    const running = { $filter: { input: { $objectToArray: { $ifNull: ['$blocks', {}] } }, cond: isRunning } };
    await this.buckets.updateOne(
      { _id: { $eq: portal } },
      [
        { $set: { blocks: { $arrayToObject: running } } },
        { $set: { [`blocks.${field}`]: { $max: [`$blocks.${field}`, until] } } },
      ],
      { upsert: true },
    );
  }
}

/** Of an entry of `blocks`. */
const isRunning = { $gt: ['$$this.v', '$$NOW'] };

/**
 * Takes when nothing blocks the method and the class still has room. Else hands out a turn: those who wait come back one after the other, at the pace at
 * which the bucket leaks, instead of all at once. A turn is no reservation, so live work still overtakes.
 */
function takeOrQueue(
  plan: 'standard' | 'enterprise',
  cls: BudgetClass,
  requests: number,
  blocks: { method: string; client: string },
): object[] {
  const { threshold, perSecond } = plans[plan];
  const room = threshold * shares[cls];
  const turn = `$turns.${cls}`;
  const roomInMs = {
    $multiply: [{ $divide: [{ $subtract: [{ $add: ['$level', requests] }, room] }, perSecond] }, 1000],
  };
  const soonest = { $add: ['$$NOW', { $ceil: roomInMs }] };
  const latest = { $add: ['$$NOW', longestTurnMs] };
  const given = { $min: [{ $max: [soonest, { $ifNull: [turn, '$$NOW'] }] }, latest] };
  const free = { $max: ['$$NOW', `$blocks.${blocks.method}`, `$blocks.${blocks.client}`] };
  const longest = { $cond: [{ $gte: [`$blocks.${blocks.client}`, '$free'] }, 'client', 'method'] };
  const hasRoom = { $lte: [{ $add: ['$level', requests] }, room] };
  const whenBlocked = { $subtract: ['$free', '$$NOW'] };
  const whenFull = { $subtract: [given, '$$NOW'] };
  const givesTurn = { $not: [{ $or: ['$taken', '$blocked'] }] };
  return [
    { $set: { level: leaked(perSecond), at: '$$NOW', free } },
    { $set: { blocked: { $gt: ['$free', '$$NOW'] } } },
    { $set: { blockedBy: { $cond: ['$blocked', longest, null] } } },
    { $set: { taken: { $and: [{ $not: ['$blocked'] }, hasRoom] } } },
    { $set: { waitMs: { $cond: ['$taken', 0, { $cond: ['$blocked', whenBlocked, whenFull] }] } } },
    {
      $set: {
        [`turns.${cls}`]: {
          $cond: [givesTurn, { $add: [given, (requests / perSecond) * 1000] }, { $ifNull: [turn, '$$NOW'] }],
        },
        level: { $cond: ['$taken', { $add: ['$level', requests] }, '$level'] },
      },
    },
    { $unset: ['free', 'blocked'] },
  ];
}

/** What is left of the level since it was last looked at; a clock that was set back lets nothing leak, and adds nothing. */
function leaked(perSecond: number): object {
  const seconds = { $divide: [{ $subtract: ['$$NOW', { $ifNull: ['$at', '$$NOW'] }] }, 1000] };
  return {
    $max: [
      0,
      { $subtract: [{ $ifNull: ['$level', 0] }, { $multiply: [{ $max: [0, seconds] }, perSecond] }] },
    ],
  };
}

/** Name of a field: clients and methods hold characters that none may have. */
function blockField(client: string, method: string): string {
  return createHash('sha256').update(`${client} ${method.toLowerCase()}`).digest('hex').slice(0, 32);
}
