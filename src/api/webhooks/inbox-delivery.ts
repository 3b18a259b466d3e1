import { isCounterId, workflowIdFor } from '../../domain/call-id';
import type { CallRef } from '../../domain/call-steps';
import type { InboxItem } from '../../store';
import type { ApiDependencies } from '../dependencies';
import { isBareAnnouncement } from '../../domain/call-facts';
import { isLaterCall } from '../../domain/reused-id';
import { startOf } from './closed-call';
import { isOlderThanLedger } from './event-age';

const deliverMs = 5_000;
const hourMs = 3_600_000;
/** The ledger's row is written before a workflow closes; one that is missing after so many looks will not come. */
const looksForRow = 8;
/** Of a connection that was deleted meanwhile. */
const defaultMaxCallHours = 12;

/** `not-yet`: the ledger does not know the call so far. */
export type DrainOutcome = 'delivered' | 'late' | 'known' | 'set-aside' | 'not-yet';

type Needed = Pick<ApiDependencies, 'store' | 'calls' | 'connections' | 'log' | 'settings' | 'clock'>;

/** Decides where one event of the inbox belongs, and brings it there. Twice is the same as once. */
export class InboxDelivery {
  constructor(private readonly deps: Needed) {}

  /** @throws {TemporalUnreachable} and whatever MongoDB throws; the item is then taken up again. */
  async deliver(item: InboxItem): Promise<DrainOutcome> {
    const { settings, clock } = this.deps;
    if (isOlderThanLedger(item.event, settings.ledgerRetentionDays, clock()))
      return this.setAside(item, 'too-old', 'is older than the ledger of handled calls');
    const ref = await this.refOf(item);
    // Temporal has already said of `closed` items that their workflow is over.
    if (item.reason !== 'closed' && (await this.send(ref, item))) return 'delivered';
    const other = (await this.laterCallOf(ref, item)) ?? (await this.survivorOf(ref));
    if (other === null) return this.record(ref, item);
    return (await this.send(other, item)) ? 'delivered' : this.record(other, item);
  }

  private async send(ref: CallRef, { event }: InboxItem): Promise<boolean> {
    return (await this.deps.calls.deliver(ref, event, deliverMs)) === 'delivered';
  }

  /** Events that a workflow handed on are named by their own start; all of one call have to meet in one workflow. */
  private async refOf({ connection, callId, workflowId, event, reason }: InboxItem): Promise<CallRef> {
    const counter = /^([0-9]+)~[0-9]+$/.exec(callId)?.[1];
    if (reason !== 'passed-on' || counter === undefined) return { connection, callId, workflowId };
    if (!isBareAnnouncement(event)) return this.laterCall(connection, counter, startOf(event));
    return this.refTo(connection, (await this.deps.store.reusedIds.latest(connection, counter)) ?? counter);
  }

  /** The later call under a counter used again, or null: a late fact or a repeat of the call that is over. */
  private async laterCallOf({ connection, callId }: CallRef, { event }: InboxItem): Promise<CallRef | null> {
    if (!isCounterId(callId)) return null;
    const closed = await this.deps.store.calls.get(connection, callId);
    const isLater =
      closed !== null && isLaterCall(closed, startOf(event), await this.maxCallHours(connection));
    if (!isLater) return null;
    if (!isBareAnnouncement(event)) return this.laterCall(connection, callId, startOf(event));
    const latest = await this.deps.store.reusedIds.latest(connection, callId);
    return latest === null ? null : this.refTo(connection, latest);
  }

  /** The call that goes on for this one, when both were found to be the same; null: it was merged into none. */
  private async survivorOf({ connection, callId }: CallRef): Promise<CallRef | null> {
    const survivor = await this.deps.store.claims.survivorOf(connection, callId);
    return survivor === null ? null : this.refTo(connection, survivor);
  }

  private async laterCall(connection: string, counter: string, startedAt: string): Promise<CallRef> {
    const windowMs = (await this.maxCallHours(connection)) * hourMs;
    const callId = await this.deps.store.reusedIds.callIdFor(connection, counter, startedAt, windowMs);
    return this.refTo(connection, callId);
  }

  private refTo(connection: string, callId: string): CallRef {
    return { connection, callId, workflowId: workflowIdFor(connection, callId) };
  }

  private async record({ connection, callId }: CallRef, item: InboxItem): Promise<DrainOutcome> {
    const outcome = await this.deps.store.calls.appendLateEvent(connection, callId, item.event);
    if (outcome === 'recorded') return 'late';
    if (outcome === 'known') return 'known';
    if (item.attempts < looksForRow) return 'not-yet';
    return this.setAside(item, 'call-unknown', 'names a call that ended without a trace in the ledger');
  }

  /** Nobody can say whether it was written to Bitrix24: a person decides. */
  private async setAside(item: InboxItem, reason: string, message: string): Promise<DrainOutcome> {
    const { event, connection } = item;
    const { deliveryKey: _key, receivedAt: _receivedAt, source: _source, ...fields } = event;
    await this.deps.store.rejected.insert({
      connection,
      at: this.deps.clock().toISOString(),
      reason,
      status: 202,
      errors: [{ field: 'callId', message }],
      event: event.event,
      contentType: 'application/json',
      body: JSON.stringify({ ...fields, callId: item.callId }),
      bodyEncoding: 'utf8',
      query: {},
    });
    return 'set-aside';
  }

  private async maxCallHours(connection: string): Promise<number> {
    return (await this.deps.connections.find(connection))?.rules.maxCallHours ?? defaultMaxCallHours;
  }
}
