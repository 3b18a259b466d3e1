import type { Filter } from 'mongodb';
import type { CallEvent } from '../domain/call-event';
import type { CallView, RequestView } from '../domain/call-view';
import { clearExtension } from '../domain/mapping';
import type {
  CallFilter,
  CallRepository,
  Page,
  PageRequest,
  SaveExtra,
  StoredCall,
  WhichConnections,
} from './contract';
import type { LedgerLine } from './reconcile-contract';
import type { CallDocument } from './call-document';
import { hashKey, idOf, show, startOf, toLedgerLine, withoutSet } from './call-document';
import type { StoreContext } from './context';
import { durableCollection, isDuplicateKey } from './context';
import { decodeCursor, toPage } from './cursor';
import type { LinesOfCall } from './request-lines';
import { RequestLines } from './request-lines';

const dayMs = 86_400_000;
const requestsKept = 200;
const keysKept = 500;
const requestLinesMs = 5_000;
const unmappedMark = 'unmapped-extension';
const erasedHash = 'personal.erasedHash';

/** The ledger: one row a call, without phone numbers, for longer than Temporal remembers. */
export class Calls implements CallRepository {
  private readonly documents;
  private readonly requestLines = new RequestLines((calls) => this.writeRequests(calls));

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<CallDocument>(context, 'calls');
  }

  async createIndexes(): Promise<void> {
    await this.documents.createIndexes([
      { key: { connection: 1, 'view.startedAtMs': -1, _id: -1 } },
      { key: { connection: 1, 'view.state': 1, 'view.startedAtMs': -1 } },
      { key: { connection: 1, 'personal.callerHash': 1 } },
      {
        name: 'erased',
        key: { connection: 1, [erasedHash]: 1 },
        partialFilterExpression: { [erasedHash]: { $exists: true } },
      },
      {
        name: 'attention',
        key: { connection: 1, 'view.startedAtMs': -1, _id: -1 },
        partialFilterExpression: { 'view.attention.since': { $exists: true } },
      },
      {
        key: { connection: 1, 'view.extension': 1 },
        partialFilterExpression: { 'view.marks': unmappedMark },
      },
      { key: { expireAt: 1 }, expireAfterSeconds: 0 },
      {
        name: 'personal',
        key: { connection: 1, createdAt: 1 },
        partialFilterExpression: { personal: { $exists: true } },
      },
    ]);
  }

  async get(connection: string, callId: string): Promise<StoredCall | null> {
    await this.requestLines.flushFor(connection, callId);
    const document = await this.documents.findOne({ _id: { $eq: idOf(connection, callId) } });
    return document === null || document.view === null ? null : show(document);
  }

  async list(connection: string, filter: CallFilter, page: PageRequest): Promise<Page<StoredCall>> {
    const after = page.cursor === undefined ? null : decodeCursor(page.cursor, 2);
    const query: Record<string, unknown> = { connection: { $eq: connection }, view: { $ne: null } };
    if (filter.state !== undefined) query['view.state'] = { $eq: filter.state };
    if (filter.recording !== undefined) query['view.recording.state'] = { $eq: filter.recording };
    if (filter.extension !== undefined) query['view.extension'] = { $eq: filter.extension };
    if (filter.callerHash !== undefined) query['personal.callerHash'] = { $eq: filter.callerHash };
    if (filter.erasedHash !== undefined) query[erasedHash] = { $eq: filter.erasedHash };
    if (filter.attention !== undefined) query['view.attention.since'] = { $exists: filter.attention };
    const bounds = {
      ...(filter.from === undefined ? {} : { $gte: Date.parse(filter.from) }),
      ...(filter.to === undefined ? {} : { $lte: Date.parse(filter.to) }),
    };
    if (Object.keys(bounds).length > 0) query['view.startedAtMs'] = bounds;
    if (after !== null)
      query.$or = [
        { 'view.startedAtMs': { $lt: Number(after[0]) } },
        { 'view.startedAtMs': Number(after[0]), _id: { $lt: String(after[1]) } },
      ];
    await this.requestLines.flush();
    const rows = await this.documents
      .find(query as Filter<CallDocument>)
      .sort({ 'view.startedAtMs': -1, _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    return toPage(rows, page.limit, (row) => [startOf(row), row._id], show);
  }

  async save(connection: string, view: CallView, revision: number, extra: SaveExtra = {}): Promise<void> {
    const { requests: _requests, caller, did, ...rest } = view;
    const id = idOf(connection, view.callId);
    const fields = {
      view: {
        ...rest,
        extension: rest.extension === null ? null : clearExtension(rest.extension),
        startedAtMs: view.startedAt === null ? 0 : Date.parse(view.startedAt),
      },
      'personal.caller': caller,
      'personal.did': did,
      ...(extra.callerHash === undefined ? {} : { 'personal.callerHash': extra.callerHash }),
      ...(extra.deliveryKeys === undefined ? {} : { seen: extra.deliveryKeys.slice(-keysKept).map(hashKey) }),
      ...(extra.closed === true ? { closed: true } : {}),
      revision,
      updatedAt: this.context.clock().toISOString(),
    };
    const lines = this.requestLines.take(connection, view.callId);
    const update = {
      $set: fields as never,
      $setOnInsert: withoutSet(this.stub(connection), fields) as never,
      $push: pushOf(lines),
    };
    // What a call is still to be finished with is held by its workflow; only the last word must survive a crash of MongoDB.
    const writeConcern = extra.closed === true ? {} : { writeConcern: { w: 1, journal: false } };
    const older = { _id: { $eq: id }, revision: { $lt: revision } };
    for (let attempt = 0; ; attempt++) {
      try {
        await this.documents.updateOne({ ...older, [erasedHash]: { $exists: false } }, update, {
          upsert: true,
          ...writeConcern,
        });
        return;
      } catch (error) {
        // Somebody made or cleared the row meanwhile, or a newer revision is stored: look once more, then leave the newer one.
        if (!isDuplicateKey(error)) throw error;
        const cleared = { ...older, [erasedHash]: { $exists: true } };
        const impersonal = { $set: withoutPersonal(fields) as never, $push: update.$push };
        if ((await this.documents.updateOne(cleared, impersonal, writeConcern)).matchedCount === 1) return;
        if (attempt < 1) continue;
        for (const line of lines) this.appendRequest(connection, view.callId, line);
        return;
      }
    }
  }

  appendRequest(connection: string, callId: string, request: RequestView): void {
    this.requestLines.add(connection, callId, request);
  }

  /** Resolves when the request lines that were added so far are written, or could not be. */
  settle(): Promise<void> {
    return this.requestLines.flush();
  }

  private async writeRequests(calls: LinesOfCall[]): Promise<void> {
    const updates = calls.map(({ connection, callId, lines }) => {
      return {
        updateOne: {
          filter: { _id: { $eq: idOf(connection, callId) } },
          update: {
            $push: pushOf(lines),
            $setOnInsert: {
              ...this.stub(connection),
              view: null,
              revision: 0,
              updatedAt: lines[0]?.at ?? '',
            },
          },
          upsert: true,
        },
      };
    });
    await this.documents.bulkWrite(updates, {
      ordered: false,
      writeConcern: { w: 1 },
      timeoutMS: requestLinesMs,
    });
  }

  async appendLateEvent(
    connection: string,
    callId: string,
    event: CallEvent,
  ): Promise<'recorded' | 'known' | 'no-call'> {
    const id = idOf(connection, callId);
    const key = hashKey(event.deliveryKey);
    const line = { event: event.event, at: event.receivedAt, source: event.source };
    const { matchedCount } = await this.documents.updateOne(
      { _id: { $eq: id }, closed: true, view: { $ne: null }, seen: { $ne: key } },
      {
        $push: { 'view.events': line, seen: { $each: [key], $slice: -keysKept } } as never,
        $addToSet: { 'view.marks': 'late-event' } as never,
      },
    );
    if (matchedCount === 1) return 'recorded';
    const document = await this.documents.findOne(
      { _id: { $eq: id } },
      { projection: { closed: 1, seen: 1, view: 1 } },
    );
    if (document === null) return 'no-call';
    if (document.seen.includes(key)) return 'known';
    // It was closed between the two looks: now it can be recorded.
    return document.closed && document.view !== null
      ? this.appendLateEvent(connection, callId, event)
      : 'no-call';
  }

  async startedBetween(connection: string, from: Date, to: Date, limit: number): Promise<LedgerLine[]> {
    const documents = await this.documents
      .find({
        connection: { $eq: connection },
        'view.startedAtMs': { $gte: from.getTime(), $lte: to.getTime() },
      } as Filter<CallDocument>)
      .project<CallDocument>({ requests: 0, seen: 0 })
      .sort({ 'view.startedAtMs': 1, _id: 1 })
      .limit(limit)
      .toArray();
    return documents.map(toLedgerLine);
  }

  async clearUnmapped(connection: string, extensions: string[]): Promise<number> {
    const { modifiedCount } = await this.documents.updateMany(
      {
        connection: { $eq: connection },
        'view.extension': { $in: extensions },
        'view.marks': unmappedMark,
      } as Filter<CallDocument>,
      { $pull: { 'view.marks': unmappedMark } as never },
    );
    return modifiedCount;
  }

  async erase(connection: string, callIds: readonly string[], spellings: readonly string[]): Promise<number> {
    const ids = callIds.map((callId) => idOf(connection, callId));
    const { modifiedCount } = await this.documents.updateMany(
      { _id: { $in: ids }, closed: true, personal: { $exists: true } },
      { $unset: { personal: '' } },
    );
    // A PBX may have told the number in the place of another one.
    for (const field of ['personal.did', 'view.lineNumber'])
      await this.documents.updateMany(
        { connection: { $eq: connection }, [field]: { $in: spellings } } as Filter<CallDocument>,
        { $set: { [field]: null } as never },
      );
    return modifiedCount;
  }

  async clearUnclosed(connection: string, callIds: readonly string[], callerHash: string): Promise<number> {
    const told = ['caller', 'did', 'callerHash'].map((field) => ({
      [`personal.${field}`]: { $exists: true },
    }));
    const { modifiedCount } = await this.documents.updateMany(
      { _id: { $in: callIds.map((callId) => idOf(connection, callId)) }, $or: told } as Filter<CallDocument>,
      { $set: { personal: { erasedHash: callerHash } } as never },
    );
    return modifiedCount;
  }

  async isDialled(
    connection: string,
    spellings: readonly string[],
    exceptCallerHash: string,
  ): Promise<boolean> {
    const others = await this.documents.distinct('personal.callerHash', {
      connection: { $eq: connection },
      'personal.did': { $in: spellings },
      'personal.callerHash': { $nin: ['', exceptCallerHash] },
    });
    return others.length > 1;
  }

  async noteCaller(connection: string, callId: string, callerHash: string): Promise<void> {
    await this.documents.updateOne(
      {
        _id: { $eq: idOf(connection, callId) },
        'personal.callerHash': { $ne: callerHash },
        [erasedHash]: { $exists: false },
      } as Filter<CallDocument>,
      { $set: { 'personal.callerHash': callerHash } },
    );
  }

  /**
   * Clears what is personal in rows made before an instant; the rows stay, so that a repeat doubles nothing.
   *
   * @param which a connection, or all but some.
   */
  async purgePersonal(which: WhichConnections, before: Date, now: Date): Promise<number> {
    const { modifiedCount } = await this.documents.updateMany(
      {
        connection: which,
        personal: { $exists: true },
        $or: [{ createdAt: { $lt: before } }, { createdAt: { $exists: false }, personalUntil: { $lt: now } }],
      },
      { $unset: { personal: '' } },
    );
    return modifiedCount;
  }

  private stub(
    connection: string,
  ): Omit<CallDocument, '_id' | 'view' | 'personal' | 'requests' | 'revision' | 'updatedAt'> {
    const now = this.context.clock().getTime();
    return {
      connection,
      seen: [],
      closed: false,
      createdAt: new Date(now),
      expireAt: new Date(now + this.context.ledgerDays * dayMs),
    };
  }
}

/** What is written of a call to a row that was cleared. */
function withoutPersonal(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !field.startsWith('personal.')));
}

/** Adds lines to `requests`, which is made when it is not there, be it of nothing. */
function pushOf(lines: RequestView[]): { requests: { $each: RequestView[]; $slice: number } } {
  return { requests: { $each: lines, $slice: -requestsKept } };
}
