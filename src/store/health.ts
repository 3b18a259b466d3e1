import type { HealthRepository, Peer, PeerHealth } from './contract';
import type { StoreContext } from './context';
import { isDuplicateKey } from './context';

const repeatEveryMs = 60_000;

interface HealthDocument extends PeerHealth {
  _id: string;
  connection: string;
  peer: Peer;
  probedAt: Date;
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
    await this.documents.updateOne(
      { _id: { $eq: id } },
      {
        $set: { ...health, connection, peer, at: now.toISOString() },
        ...(health.ok ? { $unset: { reason: '', mend: '' } } : {}),
        $setOnInsert: { probedAt: now },
      },
      { upsert: true },
    );
    this.written.set(id, { text, at: now.getTime() });
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
