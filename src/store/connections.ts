import type { Connection } from '../domain/connection';
import type { AuditTrail } from './audit';
import type {
  Actor,
  ConnectionRepository,
  DeleteOutcome,
  Page,
  PageRequest,
  PutOutcome,
  Versioned,
} from './contract';
import type { StoreContext } from './context';
import { durableCollection, inTransaction } from './context';
import { DataKeys } from './data-keys';
import { decodeCursor, toPage } from './cursor';
import { Recent } from './recent';
import { auditedConnection, mapSealed, maskConnection, mayBeClear } from './secrets';
import { canonicalJson, etagOf, matches } from './versioned';

interface ConnectionDocument {
  _id: string;
  version: number;
  updatedAt: string;
  /** Secrets and excluded numbers sealed. */
  value: Connection;
}

/** Connections, their secrets sealed at rest. */
export class Connections implements ConnectionRepository {
  private readonly documents;
  private readonly recentOnes = new Recent((id) => this.get(id));

  constructor(
    private readonly context: StoreContext,
    private readonly audit: AuditTrail,
  ) {
    this.documents = durableCollection<ConnectionDocument>(context, 'connections');
  }

  async get(id: string): Promise<Versioned<Connection> | null> {
    const document = await this.documents.findOne({ _id: { $eq: id } });
    return document === null ? null : this.open(document);
  }

  recent(id: string): Promise<Versioned<Connection> | null> {
    return this.recentOnes.get(id);
  }

  async list(page: PageRequest, only?: readonly string[]): Promise<Page<Versioned<Connection>>> {
    const after = page.cursor === undefined ? '' : String(decodeCursor(page.cursor, 1)[0]);
    const rows = await this.documents
      .find({ _id: { $gt: after, ...(only === undefined ? {} : { $in: only }) } })
      .sort({ _id: 1 })
      .limit(page.limit + 1)
      .toArray();
    return toPage(
      rows,
      page.limit,
      (row) => [row._id],
      (row) => this.open(row),
    );
  }

  async all(): Promise<Connection[]> {
    return (await this.documents.find().sort({ _id: 1 }).toArray()).map(
      (document) => this.open(document).value,
    );
  }

  async put(connection: Connection, actor: Actor, ifMatch?: string): Promise<PutOutcome<Connection>> {
    const put = inTransaction<PutOutcome<Connection>>(this.context, async (session) => {
      const document = await this.documents.findOne({ _id: { $eq: connection.id } }, { session });
      const before = document === null ? null : this.open(document);
      if (!matches(ifMatch, before?.etag ?? null)) return { outcome: 'stale' };
      if (before !== null && canonicalJson(before.value) === canonicalJson(connection))
        return { outcome: 'unchanged', stored: before };
      const next: ConnectionDocument = {
        _id: connection.id,
        version: (document?.version ?? 0) + 1,
        updatedAt: this.context.clock().toISOString(),
        value: mapSealed(connection, (secret, path) =>
          this.context.keys.seal(secret, sealedAt(connection.id, path)),
        ),
      };
      await this.documents.replaceOne({ _id: { $eq: connection.id } }, next, { upsert: true, session });
      await this.audit.write(
        {
          connection: connection.id,
          action: 'connection.put',
          target: connection.id,
          before: before === null ? null : auditedConnection(before.value),
          after: auditedConnection(connection),
        },
        actor,
        session,
      );
      return { outcome: before === null ? 'created' : 'updated', stored: this.open(next) };
    });
    return put.finally(() => this.recentOnes.forget(connection.id));
  }

  async delete(id: string, actor: Actor, ifMatch?: string): Promise<DeleteOutcome> {
    const deletion = inTransaction<DeleteOutcome>(this.context, async (session) => {
      const document = await this.documents.findOne({ _id: { $eq: id } }, { session });
      if (document === null) return 'missing';
      const before = this.open(document);
      if (!matches(ifMatch, before.etag)) return 'stale';
      await this.documents.deleteOne({ _id: { $eq: id } }, { session });
      const row = {
        connection: id,
        action: 'connection.delete',
        target: id,
        before: auditedConnection(before.value),
        after: null,
      };
      await this.audit.write(row, actor, session);
      return 'deleted';
    });
    return deletion.finally(() => this.recentOnes.forget(id));
  }

  private open(document: ConnectionDocument): Versioned<Connection> {
    const value = mapSealed(document.value, (sealed, path) =>
      mayBeClear(path) && DataKeys.keyIdOf(sealed) === null
        ? sealed
        : this.context.keys.open(sealed, sealedAt(document._id, path)).toString(),
    );
    return { value, etag: etagOf(document.version, maskConnection(value)), updatedAt: document.updatedAt };
  }
}

function sealedAt(id: string, path: string): string {
  return `connections/${id}/${path}`;
}
