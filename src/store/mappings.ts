import type { ClientSession } from 'mongodb';
import type { AuditTrail } from './audit';
import type {
  Actor,
  DeleteOutcome,
  MappingRepository,
  MappingRow,
  Page,
  PageRequest,
  PutOutcome,
  Versioned,
} from './contract';
import type { StoreContext } from './context';
import { durableCollection, inTransaction } from './context';
import { decodeCursor, toPage } from './cursor';
import { canonicalJson, etagOf, matches } from './versioned';

interface MappingDocument<T> {
  _id: string;
  connection: string;
  /** What rows are found by. */
  key: string;
  /** The key as the admin wrote it. */
  written: string;
  value: T;
  origin: string;
  version: number;
  updatedAt: string;
}

/** What makes a kind of mapping: its collection, its name in the audit trail, and what its keys have in common. */
export interface MappingKind {
  collection: string;
  noun: string;
  keyOf: (written: string) => string;
}

/** Mappings of one kind, by connection and key. */
export class Mappings<T> implements MappingRepository<T> {
  protected readonly documents;

  constructor(
    protected readonly context: StoreContext,
    private readonly audit: AuditTrail,
    private readonly kind: MappingKind,
  ) {
    this.documents = durableCollection<MappingDocument<T>>(context, kind.collection);
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndex({ connection: 1, key: 1 }, { unique: true });
  }

  async get(connection: string, written: string): Promise<Versioned<MappingRow<T>> | null> {
    const document = await this.find(connection, written);
    return document === null ? null : open(document as MappingDocument<T>);
  }

  async getMany(connection: string, written: readonly string[]): Promise<Map<string, T>> {
    const byKey = new Map(written.map((one) => [this.kind.keyOf(one), one]));
    const documents = await this.documents
      .find({ connection: { $eq: connection }, key: { $in: [...byKey.keys()] } } as never)
      .toArray();
    // In the order asked for, so that callers can prefer one spelling over another.
    const found = new Map(documents.map((document) => [document.key, document.value as T]));
    return new Map(
      [...byKey].filter(([key]) => found.has(key)).map(([key, one]) => [one, found.get(key)!] as const),
    );
  }

  async list(connection: string, page: PageRequest): Promise<Page<Versioned<MappingRow<T>>>> {
    const after = page.cursor === undefined ? '' : String(decodeCursor(page.cursor, 1)[0]);
    const rows = await this.documents
      .find({ connection: { $eq: connection }, key: { $gt: after } } as never)
      .sort({ key: 1 })
      .limit(page.limit + 1)
      .toArray();
    return toPage(rows as MappingDocument<T>[], page.limit, (row) => [row.key], open);
  }

  async all(connection: string): Promise<MappingRow<T>[]> {
    const rows = await this.documents
      .find({ connection: { $eq: connection } } as never)
      .sort({ key: 1 })
      .toArray();
    return (rows as MappingDocument<T>[]).map((row) => open(row).value);
  }

  async put(
    connection: string,
    row: MappingRow<T>,
    actor: Actor,
    ifMatch?: string,
  ): Promise<PutOutcome<MappingRow<T>>> {
    return inTransaction(this.context, async (session) => {
      const known = (await this.find(connection, row.key, session)) as MappingDocument<T> | null;
      const before = known === null ? null : open(known);
      if (!matches(ifMatch, before?.etag ?? null)) return { outcome: 'stale' };
      if (before !== null && same(before.value, row)) return { outcome: 'unchanged', stored: before };
      const next = this.document(connection, row, known?.version ?? 0);
      await this.documents.replaceOne({ _id: { $eq: next._id } } as never, next as never, {
        upsert: true,
        session,
      });
      const change = {
        connection,
        action: `${this.kind.noun}.put`,
        target: row.key,
        before: before?.value ?? null,
        after: row,
      };
      await this.audit.write(change, actor, session);
      return { outcome: before === null ? 'created' : 'updated', stored: open(next) };
    });
  }

  async delete(connection: string, written: string, actor: Actor, ifMatch?: string): Promise<DeleteOutcome> {
    return inTransaction(this.context, async (session) => {
      const known = (await this.find(connection, written, session)) as MappingDocument<T> | null;
      if (known === null) return 'missing';
      const before = open(known);
      if (!matches(ifMatch, before.etag)) return 'stale';
      await this.documents.deleteOne({ _id: { $eq: known._id } } as never, { session });
      const change = {
        connection,
        action: `${this.kind.noun}.delete`,
        target: written,
        before: before.value,
        after: null,
      };
      await this.audit.write(change, actor, session);
      return 'deleted';
    });
  }

  async putMany(
    connection: string,
    rows: MappingRow<T>[],
    actor: Actor,
    options: { dryRun: boolean },
  ): Promise<{ created: number; updated: number; unchanged: number }> {
    return inTransaction(this.context, async (session) => {
      const known = new Map(
        (
          (await this.documents
            .find({ connection: { $eq: connection } } as never, { session })
            .toArray()) as MappingDocument<T>[]
        ).map((document) => [document.key, document]),
      );
      const changed = rows.filter((row) => {
        const before = known.get(this.kind.keyOf(row.key));
        return before === undefined || !same(open(before).value, row);
      });
      const created = changed.filter((row) => !known.has(this.kind.keyOf(row.key))).length;
      const counts = { created, updated: changed.length - created, unchanged: rows.length - changed.length };
      if (options.dryRun || changed.length === 0) return counts;
      const made = changed.map((row) =>
        this.document(connection, row, known.get(this.kind.keyOf(row.key))?.version ?? 0),
      );
      // Two spellings of one key: the later one counts.
      const next = [...new Map(made.map((document) => [document._id, document])).values()];
      // One after another, thousands of replacements would outlast the minute that a transaction has.
      const replaced = next.filter(({ version }) => version > 1).map(({ _id }) => _id);
      if (replaced.length > 0)
        await this.documents.deleteMany({ _id: { $in: replaced } } as never, { session });
      await this.documents.insertMany(next as never[], { session, ordered: false });
      const after = { ...counts, keys: changed.map((row) => row.key) };
      await this.audit.write(
        { connection, action: `${this.kind.noun}.import`, target: 'many', before: null, after },
        actor,
        session,
      );
      return counts;
    });
  }

  private find(connection: string, written: string, session?: ClientSession): Promise<unknown> {
    return this.documents.findOne({ _id: { $eq: this.idOf(connection, written) } } as never, { session });
  }

  private idOf(connection: string, written: string): string {
    return `${connection}/${this.kind.keyOf(written)}`;
  }

  private document(connection: string, row: MappingRow<T>, version: number): MappingDocument<T> {
    return {
      _id: this.idOf(connection, row.key),
      connection,
      key: this.kind.keyOf(row.key),
      written: row.key,
      value: row.value,
      origin: row.origin,
      version: version + 1,
      updatedAt: this.context.clock().toISOString(),
    };
  }
}

function open<T>(document: MappingDocument<T>): Versioned<MappingRow<T>> {
  const value = { key: document.written, value: document.value, origin: document.origin };
  return { value, etag: etagOf(document.version, value), updatedAt: document.updatedAt };
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
