/** How the PBX writes call history ids: the UUID of v20, or `<16 hex>_<callid>` of v18 (3cx.md section 6). */
export type HistoryIdForm = 'v20' | 'v18';

/** Milliseconds from 1601 to 1970: the Windows FILETIME epoch. */
const fileTimeOffsetMs = 11_644_473_600_000n;

/**
 * Writes the history id of a call: it holds the start instant and the integer callid.
 *
 * @param ticks 100 ns steps after the millisecond, 0 to 9 999; keeps two calls of one millisecond apart.
 */
export function historyId(form: HistoryIdForm, startedAtMs: number, callid: number, ticks = 0): string {
  if (form === 'v18') {
    return `${startedAtMs.toString(16).toUpperCase().padStart(16, '0')}_${callid}`;
  }
  const fileTime = (BigInt(startedAtMs) + fileTimeOffsetMs) * 10_000n + BigInt(ticks);
  const time = fileTime.toString(16).padStart(16, '0');
  const groups = [time.slice(0, 4), time.slice(4, 8), time.slice(8, 12)];
  return `00000000-${groups.join('-')}-${time.slice(12)}${callid.toString(16).padStart(8, '0')}`;
}

/** Reads a history id of either form; null when it is none. Start in Unix milliseconds. */
export function readHistoryId(id: string): { startedAtMs: number; callid: number } | null {
  const uuid = /^0{8}-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})([0-9a-f]{8})$/i.exec(id);
  if (uuid !== null) {
    const [, first = '', second = '', third = '', fourth = '', counter = ''] = uuid;
    const fileTime = BigInt(`0x${first}${second}${third}${fourth}`);
    return {
      startedAtMs: Number(fileTime / 10_000n - fileTimeOffsetMs),
      callid: parseInt(counter, 16),
    };
  }
  const old = /^([0-9a-f]{16})_(\d+)$/i.exec(id);
  if (old === null) return null;
  return { startedAtMs: parseInt(old[1] ?? '', 16), callid: Number(old[2]) };
}
