import type { CallDirection } from './pbx-state';

/** What happens in a call, in seconds from its start. */
export interface MomentPlan {
  kind: 'started' | 'ringing' | 'stopped' | 'answered' | 'transferred' | 'ended';
  atS: number;
  /** Who rings, answers, stops ringing, or hands the call on; for the end: who hung up or talked last. */
  extension: string | null;
  /** transferred: who gets the call. */
  toExtension: string | null;
}

/** One row of the log to be. */
export interface LegPlan {
  to: 'extension' | 'group' | 'outside';
  /** Extension or group; outside: the number that a call is forwarded to, empty for the outside party. */
  dn: string;
  /** Who calls: null is the outside party. */
  from: string | null;
  startS: number;
  answerS: number | null;
  endS: number;
  /** Logged under the history id of the consultation that was joined to this call. */
  joined: boolean;
}

/** How a call came out. */
export type PlannedStatus = 'answered' | 'missed' | 'not-answered' | 'busy' | 'torn';

/** One physical call of a scenario, without ids and instants. */
export interface CallPlan {
  direction: CallDirection;
  /** E.164 digits of the outside party; empty: hidden or internal. */
  caller: string;
  callerName: string | null;
  did: string | null;
  /** Who dials, for outbound and internal calls. */
  dialler: string | null;
  /** Group that an inbound call came through. */
  group: string | null;
  moments: MomentPlan[];
  legs: LegPlan[];
  endS: number;
  status: PlannedStatus;
  /** The talk of two extensions before an attended transfer. */
  consultation: CallPlan | null;
  recorded: boolean;
}

/** What a call begins with. */
export type CallStart = Partial<
  Pick<CallPlan, 'caller' | 'callerName' | 'did' | 'dialler' | 'recorded' | 'direction'>
>;

/** Tells a call step by step; each step names its second. Used by the scenarios. */
export class CallTeller {
  private readonly plan: CallPlan;
  private readonly ringing = new Map<string, LegPlan>();
  private talking: LegPlan | null = null;

  constructor(start: CallStart) {
    this.plan = {
      direction: start.direction ?? 'inbound',
      caller: start.caller ?? '',
      callerName: start.callerName ?? null,
      did: start.did ?? null,
      dialler: start.dialler ?? null,
      group: null,
      moments: [],
      legs: [],
      endS: 0,
      status: 'missed',
      consultation: null,
      recorded: start.recorded ?? true,
    };
    this.moment('started', 0, start.dialler ?? null);
  }

  /** The call enters a queue, ring group or IVR, which answers it by itself. */
  enter(group: string, atS: number): this {
    this.plan.group = group;
    this.plan.legs.push({ ...this.leg('group', group, atS), answerS: atS, endS: atS });
    return this;
  }

  /** A phone begins to ring. */
  ring(extension: string, atS: number): this {
    const leg = this.leg('extension', extension, atS);
    this.plan.legs.push(leg);
    this.ringing.set(extension, leg);
    this.moment('ringing', atS, extension);
    return this;
  }

  /** A phone stops ringing without an answer. */
  stop(extension: string, atS: number): this {
    const leg = this.ringing.get(extension);
    if (leg === undefined) throw new Error(`${extension} does not ring`);
    leg.endS = atS;
    this.ringing.delete(extension);
    this.moment('stopped', atS, extension);
    return this;
  }

  /** A ringing phone is picked up; all others stop. */
  answer(extension: string, atS: number): this {
    const leg = this.ringing.get(extension);
    if (leg === undefined) throw new Error(`${extension} does not ring`);
    this.ringing.delete(extension);
    for (const loser of [...this.ringing.keys()]) this.stop(loser, atS);
    this.takes(leg, atS);
    this.moment('answered', atS, extension);
    return this;
  }

  /** A phone gives up and the call goes out to another number, such as the mobile phone of its owner, which answers. */
  forward(from: string, number: string, atS: number, answerS: number): this {
    this.stop(from, atS);
    const leg = this.leg('outside', number, atS);
    this.plan.legs.push(leg);
    this.takes(leg, answerS);
    return this;
  }

  /** The extension dials out and the line rings. */
  dial(atS: number): this {
    const leg = this.leg('outside', '', atS);
    this.plan.legs.push(leg);
    this.ringing.set('', leg);
    // What an outbound call shows is the dialling phone.
    this.moment('ringing', atS, this.plan.dialler);
    return this;
  }

  /** The outside party picks up. */
  outsideAnswers(atS: number): this {
    const leg = this.ringing.get('');
    if (leg === undefined) throw new Error('Nobody was dialled');
    this.ringing.delete('');
    this.takes(leg, atS);
    this.moment('answered', atS, this.plan.dialler);
    return this;
  }

  /** The talker hands the call on without a word; the new phone rings and answers. */
  blindTransfer(from: string, to: string, atS: number, answerS: number): this {
    this.hangUpLeg(atS);
    this.moment('transferred', atS, from, to);
    return this.ring(to, atS).answer(to, answerS);
  }

  /** The talker asks a colleague first, then joins the two calls: two history ids, one main id. */
  attendedTransfer(from: string, to: string, at: { askS: number; answerS: number; joinS: number }): this {
    const { recorded } = this.plan;
    this.plan.consultation = new CallTeller({ direction: 'internal', dialler: from, recorded })
      .ring(to, at.askS)
      .answer(to, at.answerS)
      .end(at.joinS, from);
    this.hangUpLeg(at.joinS);
    const leg = { ...this.leg('extension', to, at.joinS), joined: true };
    this.plan.legs.push(leg);
    this.moment('transferred', at.joinS, from, to);
    this.takes(leg, at.joinS);
    return this;
  }

  /** The call is over. */
  end(atS: number, by: string | null = null, status: PlannedStatus | null = null): CallPlan {
    for (const leg of this.ringing.values()) leg.endS = atS;
    const talked = this.plan.legs.filter((leg) => leg.to !== 'group' && leg.answerS !== null);
    const last = talked.at(-1);
    this.hangUpLeg(atS);
    this.plan.endS = atS;
    this.plan.status =
      status ??
      (last !== undefined ? 'answered' : this.plan.direction === 'inbound' ? 'missed' : 'not-answered');
    if (this.plan.status !== 'torn') this.moment('ended', atS, by ?? talker(this.plan, last));
    return this.plan;
  }

  private leg(to: LegPlan['to'], dn: string, startS: number): LegPlan {
    const from = this.plan.direction === 'inbound' ? null : this.plan.dialler;
    return { to, dn, from, startS, answerS: null, endS: startS, joined: false };
  }

  private takes(leg: LegPlan, atS: number): void {
    this.talking = leg;
    leg.answerS = atS;
  }

  private hangUpLeg(atS: number): void {
    if (this.talking !== null) this.talking.endS = atS;
    this.talking = null;
  }

  private moment(
    kind: MomentPlan['kind'],
    atS: number,
    extension: string | null,
    toExtension: string | null = null,
  ): void {
    this.plan.moments.push({ kind, atS, extension, toExtension });
  }
}

/** The extension of an answered leg. */
export function talker(plan: CallPlan, leg: LegPlan | undefined): string | null {
  if (leg === undefined) return null;
  return leg.to === 'extension' ? leg.dn : plan.dialler;
}
