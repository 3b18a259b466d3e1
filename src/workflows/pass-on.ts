import { patched } from '@temporalio/workflow';
import type { CallEvent } from '../domain/call-event';
import { laterCallId } from '../domain/later-call-id';
import { burstMs } from './attention';
import type { CallSession } from './call-session';
import type { Persistence } from './persistence';
import { storeStep } from './steps';
import type { StepLimits } from './steps';

/** Hands one event to the call under that id. */
export type PassOn = (event: CallEvent, newCallId: string, merged?: true) => Promise<void>;

/** Hands one event to the call where it belongs, until it is durable there. */
export function passOnWith(session: CallSession, persistence: Persistence, limits: () => StepLimits): PassOn {
  return async (event, newCallId, merged) => {
    const passOn = { ...session.ref, event, newCallId, ...(merged && { merged }) };
    await persistence.run((round) => storeStep('passOnEvent', limits(), burstMs(round))(passOn));
  };
}

/** Hands on the events of a later call under the same reused id. */
export async function passOnForeign(session: CallSession, passOn: PassOn): Promise<void> {
  for (let event = session.takeForeign(); event !== undefined; event = session.takeForeign()) {
    const start = event.startedAt ?? event.answeredAt ?? event.endedAt ?? event.at ?? event.receivedAt;
    await passOn(event, laterCallId(session.ref.callId, start));
  }
}

/** The call that goes on for one that was merged into it. */
export interface Survivor {
  callId: string;
  /** How many events it was handed. */
  handed: number;
  /** How many there were when the two were merged. */
  known: number;
}

/**
 * Tells the call that goes on what this one was told, and is told meanwhile: a call flow knows the start only, a report the
 * end only.
 */
export async function handOver(session: CallSession, to: Survivor, passOn: PassOn): Promise<void> {
  for (let event = session.told()[to.handed]; event !== undefined; event = session.told()[to.handed]) {
    if (to.handed >= to.known && !patched('hand-over-what-is-told-later')) return;
    await passOn(event, to.callId, true);
    to.handed += 1;
  }
}
