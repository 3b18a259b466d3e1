import { ObjectId } from 'mongodb';
import type { Page, PageRequest, RejectedItem, RejectedRepository, WhichConnections } from './contract';
import type { StoreContext } from './context';
import { durableCollection } from './context';
import { decodeCursor, toPage } from './cursor';
import type { Retentions } from './retention';

const dayMs = 86_400_000;

/** What the sender wrote, in whatever field: it may tell a number. */
type Told = Pick<RejectedItem, 'body' | 'query' | 'event' | 'contentType' | 'errors'>;

interface RejectedDocument extends Omit<RejectedItem, 'id' | keyof Told> {
  _id: ObjectId;
  sealed: string;
  expireAt: Date;
}

const unreadable: Told = {
  body: '',
  query: {},
  event: null,
  contentType: null,
  errors: [{ field: 'body', message: 'was sealed under a data key that is not set' }],
};

/** Webhooks that had a good token and were not understood; the sender will not come back, so they are kept. */
export class Rejected implements RejectedRepository {
  private readonly documents;

  constructor(
    private readonly context: StoreContext,
    private readonly retentions: Retentions,
  ) {
    this.documents = durableCollection<RejectedDocument>(context, 'rejected');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndexes([
      { key: { connection: 1, _id: -1 } },
      { key: { expireAt: 1 }, expireAfterSeconds: 0 },
    ]);
  }

  async insert(item: Omit<RejectedItem, 'id' | 'replayedAt'>): Promise<string> {
    const { body, query, event, contentType, errors, ...rest } = item;
    const told: Told = { body, query, event, contentType, errors };
    const _id = new ObjectId();
    const { rejectedDays } = await this.retentions.of(item.connection);
    await this.documents.insertOne({
      ...rest,
      _id,
      sealed: this.context.keys.seal(JSON.stringify(told), `rejected/${_id.toHexString()}`),
      replayedAt: null,
      expireAt: new Date(this.context.clock().getTime() + rejectedDays * dayMs),
    });
    return _id.toHexString();
  }

  async list(connection: string, page: PageRequest): Promise<Page<RejectedItem>> {
    const after = page.cursor === undefined ? null : toObjectId(String(decodeCursor(page.cursor, 1)[0]));
    const rows = await this.documents
      .find({ connection: { $eq: connection }, ...(after === null ? {} : { _id: { $lt: after } }) })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    return toPage(
      rows,
      page.limit,
      (row) => [row._id.toHexString()],
      (row) => this.open(row),
    );
  }

  async get(connection: string, id: string): Promise<RejectedItem | null> {
    const _id = toObjectId(id);
    const document =
      _id === null ? null : await this.documents.findOne({ _id, connection: { $eq: connection } });
    return document === null ? null : this.open(document);
  }

  async markReplayed(connection: string, id: string): Promise<void> {
    const _id = toObjectId(id);
    if (_id === null) return;
    const replayedAt = this.context.clock().toISOString();
    await this.documents.updateOne({ _id, connection: { $eq: connection } }, { $set: { replayedAt } });
  }

  async erase(connection: string, isTheirs: (item: RejectedItem) => boolean): Promise<number> {
    const theirs: ObjectId[] = [];
    for await (const document of this.documents.find({ connection: { $eq: connection } }))
      if (isTheirs(this.open(document))) theirs.push(document._id);
    return theirs.length === 0 ? 0 : (await this.documents.deleteMany({ _id: { $in: theirs } })).deletedCount;
  }

  async purge(which: WhichConnections, before: Date): Promise<number> {
    const old = { connection: which, at: { $lt: before.toISOString() } };
    return (await this.documents.deleteMany(old)).deletedCount;
  }

  private open({ _id, sealed, expireAt: _expireAt, ...rest }: RejectedDocument): RejectedItem {
    const id = _id.toHexString();
    const opened = this.context.keys.tryOpen(sealed, `rejected/${id}`);
    // A row of an older version holds the rest of it beside the sealed part.
    const told = opened === null ? {} : (JSON.parse(opened.toString()) as Partial<Told>);
    return { ...unreadable, ...rest, ...told, id };
  }
}

/** `new ObjectId` throws on odd text and makes a new id of nothing; this does neither. */
function toObjectId(text: string): ObjectId | null {
  return /^[0-9a-f]{24}$/.test(text) ? new ObjectId(text) : null;
}
