import { createHash } from 'node:crypto';
import type { CallEvent } from '../domain/call-event';
import type { InboxItem, InboxRepository, WhichConnections } from './contract';
import type { StoreContext } from './context';
import { BatchedInserts } from './batched-inserts';
import { durableCollection } from './context';

const unreadablePauseMs = 600_000;

interface InboxDocument {
  _id: string;
  connection: string;
  callId: string;
  workflowId: string;
  /** The event holds the client's number. */
  sealedEvent: string;
  receivedAt: string;
  reason: InboxItem['reason'];
  attempts: number;
  dueAt: Date;
  owner: string | null;
}

/** Events that Temporal could not take when they came; durable once acknowledged. */
export class Inbox implements InboxRepository {
  private readonly documents;
  private readonly inserts;

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<InboxDocument>(context, 'inbox');
    this.inserts = new BatchedInserts<InboxDocument>(this.documents);
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndexes([
      { key: { dueAt: 1, receivedAt: 1 } },
      { key: { connection: 1, callId: 1 } },
    ]);
  }

  async insert(item: Omit<InboxItem, 'id' | 'attempts'>, options: { timeoutMs: number }): Promise<void> {
    const { event, ...rest } = item;
    const id = idOf(item);
    const document: InboxDocument = {
      ...rest,
      _id: id,
      sealedEvent: this.context.keys.seal(JSON.stringify(event), `inbox/${id}`),
      attempts: 0,
      dueAt: this.context.clock(),
      owner: null,
    };
    await this.inserts.insert(document, options.timeoutMs);
  }

  async lease(owner: string, limit: number, leaseMs: number): Promise<InboxItem[]> {
    const items: InboxItem[] = [];
    while (items.length < limit) {
      const now = this.context.clock();
      const document = await this.documents.findOneAndUpdate(
        { dueAt: { $lte: now } },
        { $set: { owner, dueAt: new Date(now.getTime() + leaseMs) }, $inc: { attempts: 1 } },
        { sort: { dueAt: 1, receivedAt: 1 }, returnDocument: 'after' },
      );
      if (document === null) break;
      const item = this.tryOpen(document);
      if (item === null) await this.later(document._id, unreadablePauseMs);
      else items.push(item);
    }
    return items.sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
  }

  async done(id: string): Promise<void> {
    await this.documents.deleteOne({ _id: { $eq: id } });
  }

  async later(id: string, delayMs: number): Promise<void> {
    const dueAt = new Date(this.context.clock().getTime() + delayMs);
    await this.documents.updateOne({ _id: { $eq: id } }, { $set: { dueAt, owner: null } });
  }

  /** Counted one by one: the number that MongoDB keeps is wrong for good after a crash, and could say that nothing waits. */
  async count(): Promise<number> {
    return this.documents.countDocuments();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.documents.findOne({}, { projection: { _id: 1 } })) === null;
  }

  async forCall(connection: string, callId: string): Promise<InboxItem[]> {
    const documents = await this.documents
      .find({ connection: { $eq: connection }, callId: { $eq: callId } })
      .sort({ receivedAt: 1 })
      .limit(100)
      .toArray();
    return documents.flatMap((document) => this.tryOpen(document) ?? []);
  }

  async forConnection(connection: string, limit: number): Promise<InboxItem[]> {
    const documents = await this.documents
      .find({ connection: { $eq: connection } })
      .sort({ receivedAt: 1 })
      .limit(limit)
      .toArray();
    return documents.flatMap((document) => this.tryOpen(document) ?? []);
  }

  async erase(
    connection: string,
    isTheirs: (event: CallEvent) => boolean,
    goesOn: (call: Pick<InboxItem, 'callId' | 'workflowId'>) => Promise<boolean> = async () => false,
  ): Promise<number> {
    const theirs = new Map<string, string>();
    for await (const document of this.documents.find({ connection: { $eq: connection } })) {
      if (theirs.has(document.callId)) continue;
      const item = this.tryOpen(document);
      if (item !== null && isTheirs(item.event)) theirs.set(document.callId, document.workflowId);
    }
    let removed = 0;
    for (const [callId, workflowId] of theirs) {
      if (await goesOn({ callId, workflowId })) continue;
      const held = { connection: { $eq: connection }, callId: { $eq: callId } };
      removed += (await this.documents.deleteMany(held)).deletedCount;
    }
    return removed;
  }

  async purge(which: WhichConnections, before: Date): Promise<number> {
    const old = { connection: which, receivedAt: { $lt: before.toISOString() } };
    return (await this.documents.deleteMany(old)).deletedCount;
  }

  /** Null for an item sealed under a data key that is not set: it waits for the key and holds no other up. */
  private tryOpen({
    _id,
    sealedEvent,
    dueAt: _dueAt,
    owner: _owner,
    ...rest
  }: InboxDocument): InboxItem | null {
    const opened = this.context.keys.tryOpen(sealedEvent, `inbox/${_id}`);
    return opened === null ? null : { id: _id, event: JSON.parse(opened.toString()) as CallEvent, ...rest };
  }
}

/** One item for each connection, call and delivery key. */
function idOf({ connection, callId, event }: Pick<InboxItem, 'connection' | 'callId' | 'event'>): string {
  return createHash('sha256')
    .update(JSON.stringify([connection, callId, event.deliveryKey]))
    .digest('base64url');
}
