import { createHash, randomUUID } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import type { Actor, AuditChange, AuditRepository, AuditRow, AuditVerdict } from './contract';
import type { StoreContext } from './context';
import { durableCollection, inTransaction } from './context';
import { decodeCursor, toPage } from './cursor';
import { canonicalJson } from './versioned';

interface AuditDocument extends Omit<AuditRow, 'id'> {
  _id: string;
  sequence: number;
}

/** Rows are chained by hashes: each covers the one before it, so a changed or missing row is found. */
export class AuditTrail implements AuditRepository {
  private readonly rows;
  private readonly head;

  constructor(private readonly context: StoreContext) {
    this.rows = durableCollection<AuditDocument>(context, 'audit');
    this.head = durableCollection<{ _id: string; sequence: number; hash: string }>(context, 'audit_head');
  }

  async createIndexes(): Promise<void> {
    await this.rows.createIndex({ sequence: 1 }, { unique: true });
    await this.rows.createIndex({ connection: 1, sequence: -1 });
    await this.head.updateOne({ _id: 'head' }, { $setOnInsert: { sequence: 0, hash: '' } }, { upsert: true });
  }

  async record(change: AuditChange, actor: Actor): Promise<void> {
    await inTransaction(this.context, (session) => this.write(change, actor, session));
  }

  /** Writes the row in the transaction of the change itself. */
  async write(change: AuditChange, actor: Actor, session: ClientSession): Promise<void> {
    // Incrementing the head first makes concurrent changes wait for each other, so the chain has no forks.
    const head = await this.head.findOneAndUpdate(
      { _id: 'head' },
      { $inc: { sequence: 1 } },
      { session, returnDocument: 'after', upsert: true },
    );
    const row = {
      sequence: head!.sequence,
      at: this.context.clock().toISOString(),
      actor: actor.id,
      requestId: actor.requestId ?? null,
      ...change,
    };
    const hash = hashOf(head!.hash ?? '', row);
    await this.rows.insertOne({ _id: randomUUID(), ...row, hash }, { session });
    await this.head.updateOne({ _id: 'head' }, { $set: { hash } }, { session });
  }

  async list(
    filter: { connection?: string },
    page: { limit: number; cursor?: string },
  ): ReturnType<AuditRepository['list']> {
    const after = page.cursor === undefined ? [] : decodeCursor(page.cursor, 1);
    const rows = await this.rows
      .find({
        ...(filter.connection === undefined ? {} : { connection: { $eq: filter.connection } }),
        ...(after[0] === undefined ? {} : { sequence: { $lt: Number(after[0]) } }),
      })
      .sort({ sequence: -1 })
      .limit(page.limit + 1)
      .toArray();
    return toPage(
      rows,
      page.limit,
      (row) => [row.sequence],
      ({ _id, sequence: _sequence, ...row }) => ({ id: _id, ...row }),
    );
  }

  async verify(): Promise<AuditVerdict> {
    // The head as of before: rows that are written meanwhile come behind it.
    const head = await this.head.findOne({ _id: 'head' });
    const last = head?.sequence ?? 0;
    let previous = '';
    let rows = 0;
    for await (const { _id, hash, ...row } of this.rows
      .find({ sequence: { $lte: last } })
      .sort({ sequence: 1 })) {
      if (row.sequence !== rows + 1 || hashOf(previous, row) !== hash)
        return { ok: false, rows, head: previous, firstBroken: _id };
      previous = hash;
      rows += 1;
    }
    const isWhole = rows === last && (head?.hash ?? '') === previous;
    return { ok: isWhole, rows, head: previous, ...(isWhole ? {} : { firstBroken: 'end of the trail' }) };
  }
}

function hashOf(previous: string, row: object): string {
  return createHash('sha256').update(previous).update(canonicalJson(row)).digest('hex');
}
