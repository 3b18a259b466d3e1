/** What a 3CX call history id holds. */
export interface DecodedHistoryId {
  /** Start of the call, ISO 8601 UTC, milliseconds. */
  startedAt: string;
  /** The integer call id of the Call Control API; starts again with the PBX service. */
  callId: number;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const hexForm = /^([0-9a-f]{16})_([0-9]{1,10})$/i;

/** 1601-01-01 in Unix milliseconds: the epoch of Windows FILETIME. */
const filetimeEpochMs = -11_644_473_600_000n;
/** Above it (the year 2286 by the Unix epoch) the milliseconds of the older form count from 1601. */
const lastUnixMs = 10_000_000_000_000n;

/** Whether an id is one under which 3CX's call log knows a call; such ids are used as they are. */
export function isHistoryId(id: string): boolean {
  return uuidForm.test(id) || hexForm.test(id);
}

/**
 * Reads start and call id out of a history id (`3cx.md` section 6): v20's UUID holds a FILETIME and a counter, the
 * older `<16 hex>_<int>` holds milliseconds and the counter. Null for other ids, and for UUIDs that 3CX did not make.
 */
export function decodeHistoryId(id: string): DecodedHistoryId | null {
  if (uuidForm.test(id)) {
    const hex = id.replaceAll('-', '');
    if (!hex.startsWith('00000000')) return null;
    const ms = BigInt(`0x${hex.slice(8, 24)}`) / 10_000n + filetimeEpochMs;
    return decoded(ms, Number.parseInt(hex.slice(24), 16));
  }
  const match = hexForm.exec(id);
  if (match === null) return null;
  const ms = BigInt(`0x${match[1]}`);
  return decoded(ms > lastUnixMs ? ms + filetimeEpochMs : ms, Number(match[2]));
}

function decoded(ms: bigint, callId: number): DecodedHistoryId | null {
  // Anything else is no time of a call but chance.
  if (ms <= Date.UTC(2010) || ms >= Date.UTC(2100)) return null;
  return { startedAt: new Date(Number(ms)).toISOString(), callId };
}
