import type { DemoResult } from './play-calls';

const columns = ['call', 'extension', 'user', 'line', 'CALL_ID', 'status', 'talk', 'recording', ''] as const;

/** The calls as a table for the terminal, one line each; what differs from the script stands below. */
export function formatTable(results: DemoResult[]): string {
  const rows = results.map(({ title, call, differences }) => [
    title,
    call?.extension ?? '–',
    String(call?.userId ?? '–'),
    call?.lineNumber ?? '–',
    shorten(call?.bitrix24CallId ?? '–'),
    call?.status ?? call?.state ?? '–',
    call?.durationSeconds === null || call === null ? '–' : `${call.durationSeconds} s`,
    describeRecording(call?.recording),
    differences.length === 0 ? 'ok' : 'WRONG',
  ]);
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join('  ')
      .trimEnd();
  const wrong = results.flatMap(({ title, differences }) => differences.map((what) => `  ${title}: ${what}`));
  return [line(columns), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line), ...wrong].join(
    '\n',
  );
}

/** `externalCall.` and 32 hex digits are too long for a terminal. */
function shorten(callId: string): string {
  return callId.length > 24 ? `${callId.slice(0, 21)}…` : callId;
}

function describeRecording(
  recording: { state: string; reason?: string; bytes?: number } | undefined,
): string {
  if (recording === undefined) return '–';
  if (recording.bytes !== undefined) return `${recording.bytes} bytes`;
  return recording.reason === undefined ? recording.state : `${recording.state} (${recording.reason})`;
}
