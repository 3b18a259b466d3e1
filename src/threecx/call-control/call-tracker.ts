import type { CallEvent } from '../../domain/call-event';
import type { DnState, Participant } from './participant';
import { isPersonDn } from './participant';
import type { TrackedCall, TrackedPhone } from './tracked-call';
import { dnsIn, newCall, progress, setPhone, settle, tellEnd } from './tracked-call';

export interface CallTrackerOptions {
  /** Brings a number to the form in which the bridge keeps it; empty when there is none. */
  normalise: (number: string) => string;
  /** How long a call without phones may be on its way to the next one: a transfer or a queue must not read as an end. */
  graceMs: number;
  /** Calls that an earlier watcher left. */
  calls?: TrackedCall[];
}

/** What changed in one call. */
export interface TrackerNews {
  call: TrackedCall;
  events: CallEvent[];
}

/** Calls that came back after their end are late events of the same call for so long. */
const rememberedMs = 2 * 3_600_000;
/** Longer than any re-read takes. */
const goneMs = 10 * 60_000;

/**
 * Turns what Call Control shows of phones into events of calls. No socket, no clock: whoever owns it says what was seen
 * and when. Seeing a state twice, an older state late, or a gone phone again changes nothing; what was missed is told
 * from the next full picture.
 */
export class CallTracker {
  private readonly calls = new Map<number, TrackedCall>();
  private readonly over = new Map<number, { call: TrackedCall; untilMs: number }>();
  /** Calls that the first picture after a silence did not show: their numbers may mean other calls from then on. */
  private readonly unseen = new Set<TrackedCall>();
  /** Participants that have gone, and when: a re-read that was under way must not bring them back. */
  private readonly gone = new Map<string, number>();
  private readonly types = new Map<string, string>();
  private news: TrackerNews[] = [];

  constructor(private readonly options: CallTrackerOptions) {
    for (const call of options.calls ?? [])
      for (const callNumber of call.callNumbers) this.calls.set(callNumber, call);
  }

  /** A phone is in this state. */
  upsert(participant: Participant, atMs: number): void {
    if (this.gone.has(participant.key) || !isPersonDn(this.types.get(participant.dn) ?? '')) return;
    this.leaveOthers(participant, atMs);
    const call = this.callOf(participant, atMs);
    const joined = this.learn(call, participant, atMs);
    setPhone(joined, participant, this.outsideShownBy(participant), atMs);
    this.tell(joined, progress(joined, atMs));
  }

  /** A phone has gone. */
  remove(key: string, atMs: number): void {
    for (const [other, goneAtMs] of this.gone) if (atMs - goneAtMs > goneMs) this.gone.delete(other);
    this.gone.set(key, atMs);
    this.forget(key, atMs);
  }

  /**
   * Everything that there is at this moment; what is known beyond it has gone.
   *
   * @param reconnected nothing was heard for a while, so the PBX may have restarted and given out its numbers again.
   */
  snapshot(states: DnState[], atMs: number, { reconnected }: { reconnected: boolean }): void {
    for (const { dn, type } of states) this.types.set(dn, type);
    const there = states.flatMap(({ participants }) => participants);
    if (reconnected) this.beginAgain(there, atMs);
    const keys = new Set(there.map(({ key }) => key));
    for (const participant of there) this.upsert(participant, atMs);
    for (const call of this.openCalls())
      for (const key of Object.keys(call.phones)) if (!keys.has(key)) this.forget(key, atMs);
    // A call that an earlier watcher left without phones is quiet since now at the latest.
    for (const call of this.openCalls()) this.tell(call, progress(call, atMs));
  }

  /** Tells what had to wait a moment; to be called often. */
  settle(nowMs: number): void {
    for (const call of this.openCalls()) {
      const events = settle(call, nowMs);
      if (events.length > 0) this.tell(call, events);
    }
  }

  /** Calls whose grace has passed: they end now, unless somebody knows that they go on elsewhere. */
  due(nowMs: number): TrackedCall[] {
    return this.openCalls().filter(
      ({ quietSinceMs }) => quietSinceMs !== null && quietSinceMs + this.options.graceMs <= nowMs,
    );
  }

  /** Ends one call that is due. */
  end(call: TrackedCall, nowMs: number): void {
    for (const callNumber of call.callNumbers) {
      this.calls.delete(callNumber);
      if (call.direction !== null && !this.unseen.has(call))
        this.over.set(callNumber, { call, untilMs: nowMs + rememberedMs });
    }
    this.unseen.delete(call);
    if (call.direction !== null) this.tell(call, [tellEnd(call, nowMs)]);
    for (const [callNumber, { untilMs }] of this.over) if (untilMs <= nowMs) this.over.delete(callNumber);
  }

  /** Calls that are not over, also those of which nothing is told. */
  openCalls(): TrackedCall[] {
    return [...new Set(this.calls.values())];
  }

  /** What changed since it was asked last. */
  takeNews(): TrackerNews[] {
    const { news } = this;
    this.news = [];
    return news;
  }

  private callOf(participant: Participant, atMs: number): TrackedCall {
    const { callNumber } = participant;
    const open = this.calls.get(callNumber);
    if (open !== undefined && (!this.unseen.has(open) || this.outsideOf(open, participant) !== 'another')) {
      this.unseen.delete(open);
      return open;
    }
    if (open !== undefined) this.giveUp(open, atMs);
    const call = this.over.get(callNumber)?.call ?? newCall(callNumber, atMs);
    this.over.delete(callNumber);
    for (const one of call.callNumbers) this.calls.set(one, call);
    return call;
  }

  /** Whether a phone shows the outside party of this call. */
  private outsideOf(call: TrackedCall, participant: Participant): 'same' | 'another' | 'unknown' {
    const number = this.options.normalise(participant.number);
    // A queue may show its own number for the client's.
    if (number === '' || call.callerNumber === '') return 'unknown';
    if (number === call.callerNumber) return 'same';
    return participant.party === 'other' ? 'unknown' : 'another';
  }

  private outsideShownBy({ party, number }: Participant): string {
    return party === 'outside' ? this.options.normalise(number) : '';
  }

  /** Takes in what a phone tells of the outside party; the answer is the call that the phone belongs to. */
  private learn(call: TrackedCall, participant: Participant, atMs: number): TrackedCall {
    const number = this.options.normalise(participant.number);
    if (!this.isOutside(call, participant, number)) return call;
    if (call.direction === null) {
      const consulted = this.callConsultedFor(call, participant, number);
      if (consulted !== undefined) return this.join(call, consulted, atMs);
      call.direction = directionOf(participant);
    }
    // What a queue shows may be its own number.
    if (call.callerNumber === '' && (participant.party === 'outside' || number.length > 6))
      call.callerNumber = number;
    if (call.did === '') call.did = this.options.normalise(participant.did);
    return call;
  }

  /** A phone that a queue rings shows the queue, or the client; a short number is a colleague's. */
  private isOutside(call: TrackedCall, { party, originatedBy }: Participant, number: string): boolean {
    if (party !== 'other') return party === 'outside';
    return call.direction !== null || originatedBy.outside || number.length > 6;
  }

  /** The call with the outside that a talk among colleagues was about: it was handed on at the end of that talk. */
  private callConsultedFor(
    call: TrackedCall,
    { originatedBy, referredBy, key }: Participant,
    number: string,
  ): TrackedCall | undefined {
    if (Object.keys(call.phones).every((one) => one !== key)) return undefined;
    return this.openCalls().find((other) => {
      if (other === call || other.direction === null) return false;
      const asker =
        other.talker !== null && [originatedBy.dn, referredBy, ...dnsIn(call)].includes(other.talker);
      return asker && (number === '' || number === other.callerNumber);
    });
  }

  private join(from: TrackedCall, into: TrackedCall, atMs: number): TrackedCall {
    for (const callNumber of from.callNumbers) this.calls.set(callNumber, into);
    into.callNumbers = [...new Set([...into.callNumbers, ...from.callNumbers])];
    for (const [key, phone] of Object.entries(from.phones))
      into.phones[key] = { ...phone, connectedAtMs: phone.connectedAtMs === null ? null : atMs };
    return into;
  }

  /** The same participant in another call: it was moved there. */
  private leaveOthers({ key, callNumber }: Participant, atMs: number): void {
    for (const call of this.openCalls())
      if (key in call.phones && !call.callNumbers.includes(callNumber)) this.drop(call, key, atMs);
  }

  private forget(key: string, atMs: number): void {
    for (const call of this.openCalls()) if (key in call.phones) this.drop(call, key, atMs);
  }

  private drop(call: TrackedCall, key: string, atMs: number): void {
    delete call.phones[key];
    this.tell(call, progress(call, atMs));
    if (call.direction === null && Object.keys(call.phones).length === 0)
      for (const callNumber of call.callNumbers) this.calls.delete(callNumber);
  }

  /** Numbers that mean other calls now than before the silence are given free; participants count from 1 again, too. */
  private beginAgain(there: Participant[], atMs: number): void {
    this.gone.clear();
    this.over.clear();
    this.unseen.clear();
    for (const call of this.openCalls()) {
      const now = there.filter(({ callNumber }) => call.callNumbers.includes(callNumber));
      if (now.length === 0) this.unseen.add(call);
      else if (!this.goesOn(call, now)) this.giveUp(call, atMs);
    }
  }

  /** Whether these phones, the first that are seen after a silence, are in the call that had their number before. */
  private goesOn(call: TrackedCall, now: Participant[]): boolean {
    const known = now.filter(({ key }) => key in call.phones);
    if (known.length > 0)
      return !known.some((participant) => this.isAnew(call, call.phones[participant.key]!, participant));
    const outsides = now.map((participant) => this.outsideOf(call, participant));
    if (outsides.includes('same')) return true;
    // Whoever hid his number goes on hiding it.
    const isTold = call.callerNumber === '' && now.some((one) => this.outsideShownBy(one) !== '');
    return call.direction !== null && !isTold && !outsides.includes('another');
  }

  /** A phone that talked rings, or shows another client: the PBX has counted it anew. */
  private isAnew({ callerNumber }: TrackedCall, before: TrackedPhone, now: Participant): boolean {
    const [outside, outsideBefore] = [this.outsideShownBy(now), before.outside ?? callerNumber];
    return (
      (before.status === 'connected' && now.status !== 'connected') ||
      (outside !== '' && outsideBefore !== '' && outside !== outsideBefore)
    );
  }

  /** Ends a call whose number means another one by now. */
  private giveUp(call: TrackedCall, atMs: number): void {
    this.unseen.add(call);
    for (const key of Object.keys(call.phones)) this.forget(key, atMs);
    this.end(call, atMs);
  }

  private tell(call: TrackedCall, events: CallEvent[]): void {
    if (call.direction === null) return;
    const last = this.news.at(-1);
    if (last?.call === call) last.events.push(...events);
    else this.news.push({ call, events: [...events] });
  }
}

/** 3cx.md 3.1: no field says it. */
function directionOf({ status, dn, originatedBy, did }: Participant): 'inbound' | 'outbound' {
  if (originatedBy.dn === dn) return 'outbound';
  if (originatedBy.outside || did !== '') return 'inbound';
  return status === 'dialing' ? 'outbound' : 'inbound';
}
