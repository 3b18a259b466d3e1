import type { CallDirection, PbxCall } from './pbx-state';
import type { Switches } from './switches';

/** A phone in a call, as Call Control shows it (3cx.md 3.1). */
export interface Participant {
  id: number;
  status: 'Dialing' | 'Ringing' | 'Connected';
  dn: string;
  party_caller_name: string;
  party_dn: string;
  party_caller_id: string;
  party_did: string;
  device_id: string;
  party_dn_type: 'Wextension' | 'Wexternalline' | 'Wroutepoint' | 'Wspecialmenu' | 'None';
  direct_control: boolean;
  originated_by_dn: string;
  originated_by_type: string;
  referred_by_dn: string;
  referred_by_type: string;
  on_behalf_of_dn: string;
  on_behalf_of_type: string;
  callid: number;
  legid: number;
}

/** A call that is going on. Instants in Unix milliseconds. */
export interface LiveCall {
  call: PbxCall;
  direction: CallDirection;
  establishedAt: number | null;
  changedAt: number;
  /** The extension that talks, or rings last. */
  extension: string | null;
}

/** Somebody who is told of every change, e.g. a socket. */
export interface PhoneListener {
  tokenId: string;
  changed(change: 'upsert' | 'remove', participant: Participant): void;
  /** The connection is to be broken. */
  drop(reason: 'restart' | 'token'): void;
}

/** The phones that ring or talk now, and who listens to them. */
export class LivePhones {
  private readonly participants = new Map<string, Participant>();
  private readonly listeners = new Set<PhoneListener>();
  readonly calls: LiveCall[] = [];

  constructor(
    private readonly switches: Switches,
    private readonly notify: () => void,
  ) {}

  /** Participants of one DN, or of all. */
  list(dn?: string): Participant[] {
    return [...this.participants.values()].filter((one) => dn === undefined || one.dn === dn);
  }

  /** One participant; undefined when it has gone. */
  find(dn: string, id: number): Participant | undefined {
    return this.participants.get(`${dn}/${id}`);
  }

  /** Adds or changes a participant and tells everybody. */
  upsert(participant: Participant): void {
    this.participants.set(`${participant.dn}/${participant.id}`, participant);
    for (const listener of this.listeners) listener.changed('upsert', participant);
    this.notify();
  }

  /** Removes a participant and tells everybody. */
  remove(participant: Participant): void {
    if (!this.participants.delete(`${participant.dn}/${participant.id}`)) return;
    for (const listener of this.listeners) listener.changed('remove', participant);
    this.notify();
  }

  /** Joins the listeners; the answer leaves them. */
  listen(listener: PhoneListener): () => void {
    this.listeners.add(listener);
    this.notify();
    return () => {
      this.listeners.delete(listener);
      this.notify();
    };
  }

  /** How many listen. */
  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Breaks every connection; nothing is replayed later. */
  dropListeners(reason: 'restart' | 'token' = 'restart'): void {
    for (const listener of [...this.listeners]) listener.drop(reason);
  }

  /** A token has ended: its listeners go with it, if the switch says so. */
  tokenEnded(tokenId: string): void {
    if (this.switches.supersededSocket === 'keep') return;
    for (const listener of [...this.listeners]) if (listener.tokenId === tokenId) listener.drop('token');
  }

  /** All phones are silent at once, without a word to anybody, as after a restart. */
  forgetAll(): void {
    this.participants.clear();
    this.calls.length = 0;
    this.dropListeners();
  }
}
