import { decodeHistoryId } from './history-id';

/**
 * What a call id says about the call inside the PBX: its integer number (the `callid` of Call Control, which starts again
 * with the PBX service) and, where the id holds it, the start. Two ids of different kinds can name one physical call.
 */
export interface PbxCall {
  /** `history`: a call history id; `live`: `{callid}~{start}`; `number`: the callid alone, or behind an add-on's local time. */
  kind: 'history' | 'live' | 'number';
  callNumber: number;
  /** ISO 8601 UTC; null: the id does not tell. */
  startedAt: string | null;
}

/** The id of a call that Call Control shows: restarts of the PBX are told apart by the second in which it was first seen. */
export function liveCallId(callNumber: number, startMs: number): string {
  return `${callNumber}~${Math.floor(startMs / 1000)}`;
}

/** Reads the PBX's own call number out of an id (3cx.md section 6); null for ids that hold none. */
export function pbxCallOf(callId: string): PbxCall | null {
  const plain = /^([0-9]{1,10})(?:~([0-9]{1,11}))?$/.exec(callId);
  if (plain !== null) {
    const callNumber = Number(plain[1]);
    return plain[2] === undefined
      ? { kind: 'number', callNumber, startedAt: null }
      : { kind: 'live', callNumber, startedAt: new Date(Number(plain[2]) * 1000).toISOString() };
  }
  const addOn = /^[0-9]{12}_([0-9]{1,10})$/.exec(callId);
  if (addOn !== null) return { kind: 'number', callNumber: Number(addOn[1]), startedAt: null };
  const decoded = decodeHistoryId(callId);
  if (decoded === null) return null;
  return { kind: 'history', callNumber: decoded.callId, startedAt: decoded.startedAt };
}
