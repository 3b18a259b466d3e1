import { talker } from './call-plan';
import type { PlannedStatus } from './call-plan';
import type { PlacedCall } from './place-call';
import type { ExpectedCall } from './play-options';

const statuses: Record<PlannedStatus, ExpectedCall['status']> = {
  answered: 'answered',
  missed: 'missed',
  busy: 'busy',
  'not-answered': 'cancelled',
  torn: null,
};

/** Whole seconds of talk with the outside party, over all who talked. */
export function talkSeconds(placed: PlacedCall): number {
  const talks = placed.call.legs.filter((leg) => leg.destination.kind !== 'group' && leg.answeredAt !== null);
  return Math.floor(talks.reduce((sum, leg) => sum + leg.endedAt - (leg.answeredAt ?? 0), 0) / 1000);
}

/** When a person first talked, Unix milliseconds; null: never. A queue that answers is no person. */
export function answeredAt(placed: PlacedCall): number | null {
  const leg = placed.call.legs.find((one) => one.destination.kind !== 'group' && one.answeredAt !== null);
  return leg?.answeredAt ?? null;
}

/** Who talked last; null: nobody. */
export function lastTalker(placed: PlacedCall): string | null {
  const talks = placed.plan.legs.filter((leg) => leg.to !== 'group' && leg.answerS !== null);
  return talker(placed.plan, talks.at(-1));
}

/** The status word of the public contract; null while no end is told. */
export function statusOf(placed: PlacedCall): ExpectedCall['status'] {
  return placed.call.torn ? null : statuses[placed.plan.status];
}

/** What must be known of a call in the end. */
export function expectedCall(scenario: string, placed: PlacedCall, callId: string): ExpectedCall {
  const { call, plan } = placed;
  const status = statusOf(placed);
  const answered = answeredAt(placed);
  const rang = plan.moments.filter((moment) => moment.kind === 'ringing').map((moment) => moment.extension);
  return {
    scenario,
    callId,
    historyId: call.historyId,
    mainHistoryId: call.mainHistoryId,
    callid: call.callid,
    ignored: call.direction === 'internal',
    direction: call.direction,
    callerNumber: call.callerNumber,
    did: call.did,
    rang: [...new Set(rang.filter((extension) => extension !== null))],
    extension: lastTalker(placed),
    status,
    startedAt: new Date(call.startedAt).toISOString(),
    answeredAt: answered === null ? null : new Date(answered).toISOString(),
    endedAt: status === null ? null : new Date(call.endedAt).toISOString(),
    durationSeconds: talkSeconds(placed),
    recordings: call.torn ? [] : placed.recordings.map(({ id, bytes }) => ({ id, bytes })),
  };
}
