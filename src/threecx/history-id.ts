/** What a call history id holds (3cx.md section 6). */
export interface DecodedHistoryId {
  /** Start of the call by the clock of the PBX, Unix milliseconds. */
  startedAtMs: number;
  /** The integer `callid` of the Call Control API; begins again with the PBX. */
  callNumber: number;
}

/** Milliseconds from 1601, where Windows counts from, to 1970. */
const epoch1601Ms = 11_644_473_600_000;
const v20 = /^0{8}-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})([0-9a-f]{8})$/i;
const v18 = /^([0-9a-f]{16})_(\d{1,10})$/i;

/** Reads start and call number out of a history id of v20 (UUID) or v18 (`<hex>_<int>`); null for any other id. */
export function decodeHistoryId(id: string): DecodedHistoryId | null {
  const uuid = v20.exec(id);
  if (uuid !== null) {
    const ticks = BigInt(`0x${uuid.slice(1, 5).join('')}`);
    return plausible(Number(ticks / 10_000n) - epoch1601Ms, Number.parseInt(uuid[5] ?? '', 16));
  }
  const old = v18.exec(id);
  if (old === null) return null;
  const ms = Number(BigInt(`0x${old[1]}`));
  // v18 counted from 1970 and later from 1601; values above 10^13 are of the second kind.
  return plausible(ms > 1e13 ? ms - epoch1601Ms : ms, Number(old[2]));
}

/** Whether an id has the form of a call history id, decodable or not. */
export function isHistoryId(id: string): boolean {
  return v18.test(id) || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function plausible(startedAtMs: number, callNumber: number): DecodedHistoryId | null {
  return startedAtMs > Date.UTC(2010) && startedAtMs < Date.UTC(2100) ? { startedAtMs, callNumber } : null;
}
