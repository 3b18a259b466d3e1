import { createHash } from 'node:crypto';
import type { CallEvent } from '../domain/call-event';
import type { InboxItem, InboxRepository } from './contract';
import type { StoreContext } from './context';
import { DataKeyError } from './data-keys';
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

  async count(): Promise<number> {
    return this.documents.estimatedDocumentCount();
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
    return documents.map((document) => this.open(document));
  }

  async erase(connection: string, isTheirs: (event: CallEvent) => boolean): Promise<number> {
    const theirs: string[] = [];
    for await (const document of this.documents.find({ connection: { $eq: connection } }))
      if (isTheirs(this.open(document).event)) theirs.push(document._id);
    return theirs.length === 0 ? 0 : (await this.documents.deleteMany({ _id: { $in: theirs } })).deletedCount;
  }

  /** Null for an item sealed under a data key that is not set: it waits for the key and holds no other up. */
  private tryOpen(document: InboxDocument): InboxItem | null {
    try {
      return this.open(document);
    } catch (error) {
      if (error instanceof DataKeyError) return null;
      throw error;
    }
  }

  private open({ _id, sealedEvent, dueAt: _dueAt, owner: _owner, ...rest }: InboxDocument): InboxItem {
    const event = JSON.parse(this.context.keys.open(sealedEvent, `inbox/${_id}`).toString()) as CallEvent;
    return { id: _id, event, ...rest };
  }
}

/** One item for each connection, call and delivery key. */
function idOf({ connection, callId, event }: Pick<InboxItem, 'connection' | 'callId' | 'event'>): string {
  return createHash('sha256')
    .update(JSON.stringify([connection, callId, event.deliveryKey]))
    .digest('base64url');
}
