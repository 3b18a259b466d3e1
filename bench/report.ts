import type { Measure } from './measure';

const columns = ['measure', 'ours', 'baseline', 'ratio', 'goal', ''] as const;

/** The measures as a table for the terminal; notes stand below. */
export function formatReport(measures: readonly Measure[]): string {
  const rows = measures.map(({ name, ours, baseline, ratio, goal, met }) => [
    name,
    ours,
    baseline ?? '–',
    ratio === undefined ? '–' : ratio.toFixed(2),
    goal ?? 'stated',
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ]);
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join('  ')
      .trimEnd();
  const notes = measures.flatMap(({ name, note }) => (note === undefined ? [] : [`  ${name}: ${note}`]));
  const table = [line(columns), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)];
  return [...table, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}
