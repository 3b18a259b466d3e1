import type { FaultKind } from './kinds';

/** Every kind of fault as a Markdown table, by the row of the fault matrix. */
export function describeKinds(kinds: readonly FaultKind[]): string {
  const rows = [...kinds]
    .sort((a, b) => a.matrix.localeCompare(b.matrix))
    .map(
      ({ matrix, name, lane, what, quick, blocksLong }) =>
        `| ${matrix} | \`${name}\` | ${lane} | ${quick === true ? 'yes' : blocksLong === true ? 'asked' : ''} | ${what} |`,
    );
  return ['| Row | Kind | Lane | Slice | What happens |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}
