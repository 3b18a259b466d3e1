import type { CallPlan, LegPlan } from './call-plan';
import { nameOf } from './directory';
import { historyId } from './history-id';
import { presentNumber } from './numbers';
import type { Pbx } from './pbx';
import type { Leg, Party, PbxCall, Recording } from './pbx-state';
import { wavBytes, wavHeaderBytes } from './wav';

/** How the recordings of one call behave; what is left out is as the switches say. Infinity: never. */
export interface RecordingPlan {
  recordingDelayMs?: number;
  fileDelayMs?: number;
  transcriptDelayMs?: number;
  callLogDelayMs?: number;
  /** Length of each file with its header; default what the talk needs. */
  bytes?: number;
}

/** A call with its ids and everything that will be seen of it, each at its time. */
export interface PlacedCall {
  plan: CallPlan;
  call: PbxCall;
  recordings: Recording[];
  consultation: PlacedCall | null;
}

/**
 * Lets a call happen in the PBX: gives it its ids and plans its log rows and recordings. Nothing is visible before the call
 * is ended with `endCall`.
 *
 * @param startedAtMs Unix milliseconds, PBX clock.
 */
export function placeCall(
  pbx: Pbx,
  plan: CallPlan,
  startedAtMs: number,
  timing: RecordingPlan = {},
): PlacedCall {
  const callid = pbx.next('callid');
  const id = historyId(pbx.switches.historyIdForm, startedAtMs, callid, pbx.next('call') % 10_000);
  const at = (seconds: number): number => startedAtMs + Math.round(seconds * 1000);
  const call: PbxCall = {
    historyId: id,
    mainHistoryId: id,
    callid,
    direction: plan.direction,
    callerNumber: plan.caller,
    presentedNumber: presentNumber(plan.caller, pbx.switches.numberForm),
    callerName: plan.callerName,
    did: plan.did,
    startedAt: startedAtMs,
    endedAt: at(plan.endS),
    legs: [],
    over: false,
    torn: false,
    loggedAt: at(plan.endS) + (timing.callLogDelayMs ?? pbx.switches.callLogDelayMs),
  };
  let consultation: PlacedCall | null = null;
  if (plan.consultation !== null) {
    const asked = plan.consultation.moments.find((moment) => moment.kind === 'ringing')?.atS ?? 0;
    consultation = placeCall(pbx, shifted(plan.consultation, asked), at(asked), timing);
    consultation.call.mainHistoryId = id;
    for (const recording of consultation.recordings) recording.mainHistoryId = id;
    // The log has both when the whole call is over.
    consultation.call.loggedAt = call.loggedAt;
  }
  const recordings: Recording[] = [];
  for (const legPlan of plan.legs) {
    const leg = makeLeg(pbx, call, plan, legPlan, at, consultation?.call.historyId ?? id);
    call.legs.push(leg);
    const recording = makeRecording(pbx, call, plan, legPlan, leg, timing);
    if (recording !== null) recordings.push(recording);
  }
  pbx.calls.push(call);
  return { plan, call, recordings, consultation };
}

/** The call is over: from now on its rows and files appear, each at its time. */
export function endCall(pbx: Pbx, placed: PlacedCall): void {
  placed.call.over = true;
  pbx.addRecordings(placed.recordings);
  if (placed.consultation !== null) {
    placed.consultation.call.over = true;
    pbx.addRecordings(placed.consultation.recordings);
  }
  pbx.changes.notify();
}

function shifted(plan: CallPlan, byS: number): CallPlan {
  const moments = plan.moments.map((moment) => ({ ...moment, atS: Math.max(0, moment.atS - byS) }));
  const legs = plan.legs.map((leg) => ({
    ...leg,
    startS: leg.startS - byS,
    answerS: leg.answerS === null ? null : leg.answerS - byS,
    endS: leg.endS - byS,
  }));
  return { ...plan, moments, legs, endS: plan.endS - byS };
}

function makeLeg(
  pbx: Pbx,
  call: PbxCall,
  plan: CallPlan,
  leg: LegPlan,
  at: (seconds: number) => number,
  joinedId: string,
): Leg {
  const rowId = pbx.next('cdr');
  const outside: Party = {
    kind: 'outside',
    dn: pbx.directory.trunkDn,
    number: call.presentedNumber === '' ? pbx.switches.anonymousText : call.presentedNumber,
    name: plan.callerName,
  };
  const inside = (dn: string, kind: 'extension' | 'group'): Party => {
    return { kind, dn, number: dn, name: nameOf(pbx.directory, dn) };
  };
  return {
    cdrId: historyId(pbx.switches.historyIdForm, at(leg.startS), rowId),
    rowId,
    source: leg.from === null ? outside : inside(leg.from, 'extension'),
    destination: leg.to === 'outside' ? forwardedTo(outside, leg.dn) : inside(leg.dn, leg.to),
    startedAt: at(leg.startS),
    answeredAt: leg.answerS === null ? null : at(leg.answerS),
    endedAt: at(leg.endS),
    historyId: leg.joined ? joinedId : call.historyId,
    recordingId: null,
  };
}

/** A call that leaves by the trunk that it came in by, for another number than the caller's. */
function forwardedTo(outside: Party, number: string): Party {
  return number === '' ? outside : { ...outside, number, name: null };
}

function makeRecording(
  pbx: Pbx,
  call: PbxCall,
  plan: CallPlan,
  legPlan: LegPlan,
  leg: Leg,
  timing: RecordingPlan,
): Recording | null {
  const extension = legPlan.to === 'extension' ? legPlan.dn : (plan.dialler ?? '');
  if (legPlan.to === 'group' || leg.answeredAt === null) return null;
  if (!plan.recorded || !pbx.switches.recordCalls) return null;
  if (plan.direction === 'internal' && !pbx.switches.recordInternalCalls) return null;
  if (pbx.directory.extensions.find((one) => one.number === extension)?.recordCalls === false) return null;
  // Several recordings of one call appear only when the whole call is over (3cx.md 4.5).
  const rowAt = call.endedAt + (timing.recordingDelayMs ?? pbx.switches.recordingDelayMs);
  leg.recordingId = pbx.next('recording');
  return {
    id: leg.recordingId,
    historyId: leg.historyId,
    mainHistoryId: call.historyId,
    callid: call.callid,
    direction: call.direction,
    extension,
    from: leg.source,
    to: leg.destination,
    did: call.did,
    startedAt: leg.answeredAt,
    endedAt: leg.endedAt,
    bytes: Math.max(wavHeaderBytes, timing.bytes ?? wavBytes(leg.endedAt - leg.answeredAt)),
    rowAt,
    fileAt: rowAt + (timing.fileDelayMs ?? pbx.switches.fileDelayMs),
    transcriptAt: rowAt + (timing.transcriptDelayMs ?? pbx.switches.transcriptDelayMs),
    deleted: false,
    archived: false,
  };
}
