import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { AuditTrail } from './audit';
import type { Actor, AdminKey, AdminKeyRepository, Role } from './contract';
import type { StoreContext } from './context';
import { durableCollection, inTransaction } from './context';

interface KeyDocument extends Omit<AdminKey, 'id'> {
  _id: string;
  digest: string;
}

const usedEveryMs = 60_000;

/** Keys that may do everything. */
const masters = { role: 'admin' as const, connections: null };

function isMaster({ role, connections }: Pick<AdminKey, 'role' | 'connections'>): boolean {
  return role === masters.role && connections === masters.connections;
}

/** Admin keys: 32 random bytes each, so their SHA-256 is enough at rest and the look-up by digest leaks nothing. */
export class AdminKeys implements AdminKeyRepository {
  private readonly documents;

  constructor(
    private readonly context: StoreContext,
    private readonly audit: AuditTrail,
  ) {
    this.documents = durableCollection<KeyDocument>(context, 'admin_keys');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndex({ digest: 1 }, { unique: true });
  }

  async create(
    key: { name: string; role: Role; connections: string[] | null },
    actor: Actor,
  ): Promise<{ key: AdminKey; secret: string }> {
    const secret = `bk_${randomBytes(32).toString('base64url')}`;
    const document: KeyDocument = {
      _id: randomUUID(),
      ...key,
      createdAt: this.context.clock().toISOString(),
      lastUsedAt: null,
      digest: digestOf(secret),
    };
    await inTransaction(this.context, async (session) => {
      await this.documents.insertOne(document, { session });
      const change = {
        connection: null,
        action: 'key.create',
        target: document._id,
        before: null,
        after: key,
      };
      await this.audit.write(change, actor, session);
    });
    return { key: show(document), secret };
  }

  async ensureBootstrap(secret: string): Promise<void> {
    const digest = digestOf(secret);
    const known = { _id: { $eq: 'bootstrap' }, digest: { $eq: digest } };
    if ((await this.documents.findOne(known)) !== null) return;
    const key = { name: 'bootstrap', role: 'admin' as const, connections: null };
    const fresh = { ...key, createdAt: this.context.clock().toISOString(), lastUsedAt: null };
    await inTransaction(this.context, async (session) => {
      const before = await this.documents.findOneAndUpdate(
        { _id: { $eq: 'bootstrap' } },
        { $set: { digest }, $setOnInsert: fresh },
        { upsert: true, session },
      );
      // Another process may have put the same one in place a moment ago.
      if (before?.digest === digest) return;
      const action = before === null ? 'key.create' : 'key.replace';
      const change = { connection: null, action, target: 'bootstrap', before: null, after: key };
      await this.audit.write(change, { id: 'environment' }, session);
    });
  }

  async verify(secret: string): Promise<AdminKey | null> {
    const document = await this.documents.findOne({ digest: { $eq: digestOf(secret) } });
    if (document === null) return null;
    const now = this.context.clock();
    if (document.lastUsedAt === null || now.getTime() - Date.parse(document.lastUsedAt) > usedEveryMs)
      await this.documents.updateOne({ _id: document._id }, { $set: { lastUsedAt: now.toISOString() } });
    return show(document);
  }

  async list(): Promise<AdminKey[]> {
    return (await this.documents.find().sort({ createdAt: 1 }).toArray()).map(show);
  }

  async delete(id: string, actor: Actor): ReturnType<AdminKeyRepository['delete']> {
    return inTransaction(this.context, async (session) => {
      const document = await this.documents.findOne({ _id: { $eq: id } }, { session });
      if (document === null) return 'missing';
      const { name, role, connections } = document;
      // Two deletions at once cannot both see the other's key: both write the head of the audit trail, so one starts anew.
      const others = { ...masters, _id: { $ne: id } };
      if (isMaster(document) && (await this.documents.findOne(others, { session })) === null)
        return 'last-master';
      await this.documents.deleteOne({ _id: { $eq: id } }, { session });
      const change = {
        connection: null,
        action: 'key.delete',
        target: id,
        before: { name, role, connections },
        after: null,
      };
      await this.audit.write(change, actor, session);
      return 'deleted';
    });
  }

  async hasMaster(): Promise<boolean> {
    return (await this.documents.findOne(masters)) !== null;
  }
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function show({ _id, digest: _digest, ...key }: KeyDocument): AdminKey {
  return { id: _id, ...key };
}
