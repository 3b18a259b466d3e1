import type { CallEvent } from '../../domain/call-event';
import { isCounterId } from '../../domain/call-id';
import type { CallRef } from '../../domain/call-steps';
import type { InboxItem } from '../../store';
import { TemporalUnreachable } from '../call-gateway';
import type { ApiDependencies } from '../dependencies';
import { within } from '../within';

/** Where an event is durable now. */
export type HeldBy = 'temporal' | 'inbox';

/** Neither Temporal nor MongoDB took the event: the sender must come again. */
export class NowhereToHold extends Error {
  override readonly name = 'NowhereToHold';
}

/** Below the 2.5 s in which every webhook is answered. */
const holdMs = 2_300;
const temporalMs = 1_000;
const inboxMs = 1_300;
const lateMs = 500;
/** More would queue at Temporal for longer than the answer may take; the inbox takes them at once. */
const maxInFlight = 50;
/** How long nobody waits for Temporal after it was out of reach. */
const pauseMs = 500;

/**
 * Puts one event where it survives a crash: into its workflow by one request, or into the inbox when Temporal is out
 * of reach, overloaded or not asked because it was out of reach a moment ago.
 */
export class EventHolder {
  private inFlight = 0;
  private pausedUntil = 0;
  private trying = false;

  constructor(private readonly deps: Pick<ApiDependencies, 'calls' | 'store' | 'log'>) {}

  /** @throws {NowhereToHold} */
  async hold(ref: CallRef, event: CallEvent): Promise<HeldBy> {
    const until = Date.now() + holdMs;
    const reason = this.avoids();
    if (reason === null) {
      const outcome = await this.deliver(ref, event, until);
      if (outcome === 'delivered') return 'temporal';
      if (outcome === 'closed') return this.holdClosed(ref, event, until);
      if (await this.insert(ref, event, 'unreachable', until)) return 'inbox';
      throw new NowhereToHold();
    }
    if (await this.insert(ref, event, reason, until)) return 'inbox';
    // Temporal was only spared, not asked: it is the last one left.
    const outcome = await this.deliver(ref, event, until);
    if (outcome === 'unreachable') throw new NowhereToHold();
    return outcome === 'closed' ? this.holdClosed(ref, event, until) : 'temporal';
  }

  /** Why Temporal is not asked now, or null. After a pause one event tries first; the others still go to the inbox. */
  private avoids(): 'busy' | 'unreachable' | null {
    if (this.pausedUntil > 0 && (this.trying || Date.now() < this.pausedUntil)) return 'unreachable';
    return this.inFlight >= maxInFlight ? 'busy' : null;
  }

  private async deliver(
    ref: CallRef,
    event: CallEvent,
    until: number,
  ): Promise<'delivered' | 'closed' | 'unreachable'> {
    this.trying = this.pausedUntil > 0;
    this.inFlight += 1;
    try {
      const outcome = await this.deps.calls.deliver(ref, event, atMost(temporalMs, until));
      this.pausedUntil = 0;
      return outcome;
    } catch (error) {
      if (!(error instanceof TemporalUnreachable)) throw error;
      if (this.pausedUntil === 0)
        this.deps.log.warn({ err: error }, 'Temporal is out of reach; events go to the inbox');
      this.pausedUntil = Date.now() + pauseMs;
      return 'unreachable';
    } finally {
      this.inFlight -= 1;
      this.trying = false;
    }
  }

  /**
   * The workflow is over: a repeat, a late fact, a fact of the call that this one was merged into, or (for counters) a later
   * call. The last two may be news, so they must be durable; the others change nothing that was written, so that they are
   * answered in any case.
   *
   * @throws {NowhereToHold}
   */
  private async holdClosed(ref: CallRef, event: CallEvent, until: number): Promise<HeldBy> {
    if (isCounterId(ref.callId)) {
      if (await this.insert(ref, event, 'closed', until)) return 'inbox';
      throw new NowhereToHold();
    }
    const recorded = await within(atMost(lateMs, until), this.record(ref, event), 'the database').catch(
      () => 'failed' as const,
    );
    if (recorded === 'recorded' || recorded === 'known') return 'temporal';
    if (await this.insert(ref, event, 'closed', until)) return recorded === 'merged' ? 'inbox' : 'temporal';
    if (recorded === 'merged') throw new NowhereToHold();
    const { connection, callId } = ref;
    this.deps.log.warn({ connection, callId }, 'A late event was not recorded');
    return 'temporal';
  }

  private async record(
    { connection, callId }: CallRef,
    event: CallEvent,
  ): Promise<'merged' | 'recorded' | 'known' | 'no-call'> {
    const { claims, calls } = this.deps.store;
    if ((await claims.survivorOf(connection, callId)) !== null) return 'merged';
    return calls.appendLateEvent(connection, callId, event);
  }

  private async insert(
    ref: CallRef,
    event: CallEvent,
    reason: InboxItem['reason'],
    until: number,
  ): Promise<boolean> {
    const item = { ...ref, event, receivedAt: event.receivedAt, reason };
    const timeoutMs = atMost(inboxMs, until);
    try {
      await within(timeoutMs, this.deps.store.inbox.insert(item, { timeoutMs }), 'the inbox');
      return true;
    } catch (error) {
      this.deps.log.error({ err: error, connection: ref.connection }, 'The inbox took no event');
      return false;
    }
  }
}

function atMost(limitMs: number, until: number): number {
  return Math.max(1, Math.min(limitMs, until - Date.now()));
}
