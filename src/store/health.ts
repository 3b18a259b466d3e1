import type { Document } from 'mongodb';
import type { HealthRepository, Peer, PeerAlarm, PeerHealth } from './contract';
import type { StoreContext } from './context';
import { isDuplicateKey } from './context';

const repeatEveryMs = 60_000;

/** A peer that flaps is one alarm in this time. */
const alarmEveryMs = 10 * 60_000;

interface HealthDocument extends PeerHealth {
  _id: string;
  connection: string;
  peer: Peer;
  probedAt: Date;
  /** Somebody was told that the peer cannot be used, and not yet that it can be again. */
  alarmed?: boolean;
  raisedAt?: Date;
  /** What the last contact changed of that. */
  change?: PeerAlarm['change'] | null;
}

/** How the last real contact with each peer went. */
export class Health implements HealthRepository {
  private readonly documents;
  /** What this process wrote last, so that a healthy peer costs one write a minute. */
  private readonly written = new Map<string, { text: string; at: number }>();

  constructor(private readonly context: StoreContext) {
    this.documents = context.db.collection<HealthDocument>('health');
  }

  async report(connection: string, peer: Peer, health: Omit<PeerHealth, 'at'>): Promise<void> {
    const id = `${connection}/${peer}`;
    const now = this.context.clock();
    const text = JSON.stringify(health);
    const last = this.written.get(id);
    if (last?.text === text && now.getTime() - last.at < repeatEveryMs) return;
    // One update of one document, so that of all processes one raises the alarm.
    const after = await this.documents.findOneAndUpdate(
      { _id: { $eq: id } },
      noted(connection, peer, health, now),
      {
        upsert: true,
        returnDocument: 'after',
        projection: { change: 1 },
      },
    );
    this.written.set(id, { text, at: now.getTime() });
    const change = after?.change ?? null;
    if (change !== null) this.context.onAlarm({ connection, peer, change, ...health });
  }

  async list(): Promise<{ connection: string; peer: Peer; ok: boolean }[]> {
    const rows = await this.documents
      .find()
      .project<HealthDocument>({ connection: 1, peer: 1, ok: 1 })
      .toArray();
    return rows.map(({ connection, peer, ok }) => ({ connection, peer, ok }));
  }

  async get(connection: string): Promise<Partial<Record<Peer, PeerHealth>>> {
    const rows = await this.documents.find({ connection: { $eq: connection } }).toArray();
    return Object.fromEntries(
      rows.map(({ peer, ok, reason, mend, at }) => [
        peer,
        { ok, at, ...(reason === undefined ? {} : { reason }), ...(mend === undefined ? {} : { mend }) },
      ]),
    );
  }

  async mayProbe(connection: string, peer: Peer, everyMs: number): Promise<boolean> {
    const now = this.context.clock();
    try {
      const { matchedCount } = await this.documents.updateOne(
        { _id: { $eq: `${connection}/${peer}` }, probedAt: { $lte: new Date(now.getTime() - everyMs) } },
        { $set: { probedAt: now } },
      );
      return matchedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

/** The document after a contact, as expressions over the one before it. */
function noted(
  connection: string,
  peer: Peer,
  { ok, reason, mend }: Omit<PeerHealth, 'at'>,
  now: Date,
): Document[] {
  const text = (value: string | undefined): unknown =>
    value === undefined ? '$$REMOVE' : { $literal: value };
  const isRecent = { $gt: ['$raisedAt', new Date(now.getTime() - alarmEveryMs)] };
  const change = ok
    ? { $cond: ['$alarmed', 'cleared', null] }
    : { $cond: [{ $or: ['$alarmed', isRecent] }, null, 'raised'] };
  return [
    {
      $set: {
        connection: { $literal: connection },
        peer,
        ok,
        reason: text(reason),
        mend: text(mend),
        at: now.toISOString(),
        probedAt: { $ifNull: ['$probedAt', now] },
        change,
      },
    },
    {
      $set: {
        alarmed: ok ? false : { $or: ['$alarmed', { $eq: ['$change', 'raised'] }] },
        raisedAt: { $cond: [{ $eq: ['$change', 'raised'] }, now, '$raisedAt'] },
      },
    },
  ];
}
