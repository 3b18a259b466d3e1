import type { Evidence, SeenEdit } from './evidence';
import { groupBy } from './group-by';
import type { Violation } from './violation';

/** I7: acknowledged edits of mappings are there, each with one audit row; refused ones are nowhere. */
export function checkEdits({
  edits,
  mappings,
  auditRows,
}: Pick<Evidence, 'edits' | 'mappings' | 'auditRows'>): Violation[] {
  const rows = groupBy(auditRows, ({ name }) => name);
  const found = [...groupBy(edits, ({ name }) => name)].flatMap(([name, told]) => {
    const detail = wrongCount(told, rows.get(name)?.length ?? 0);
    return detail === null ? [] : [violation(told[0]!.extension, `${name}: ${detail}`)];
  });
  return [...found, ...checkLastOnes(mappings, auditRows), ...checkLostUpdates(edits)];
}

function wrongCount(told: SeenEdit[], rows: number): string | null {
  const heard = (outcome: SeenEdit['outcome']): boolean => told.some((edit) => edit.outcome === outcome);
  if (heard('done') && rows === 0) return 'acknowledged, and no audit row';
  if (rows > 1) return `${rows} audit rows`;
  if (rows === 1 && !heard('done') && !heard('unknown')) return 'refused, and done all the same';
  return null;
}

/** What stands in the mapping is what its last audit row says. */
function checkLastOnes(mappings: Evidence['mappings'], auditRows: Evidence['auditRows']): Violation[] {
  return [...groupBy(auditRows, ({ extension }) => extension)]
    .filter(([extension, rows]) => mappings[extension] !== rows.at(-1)!.name)
    .map(([extension, rows]) =>
      violation(
        extension,
        `shows ${mappings[extension] ?? 'nothing'}; the last audit row is ${rows.at(-1)!.name}`,
      ),
    );
}

/** Two edits against one state of one mapping cannot both be done. */
function checkLostUpdates(edits: readonly SeenEdit[]): Violation[] {
  const done = edits.filter(({ outcome, against }) => outcome === 'done' && against !== null);
  return [...groupBy(done, ({ extension, against }) => `${extension} ${against}`)].flatMap(([, same]) => {
    const names = [...new Set(same.map(({ name }) => name))];
    return names.length > 1
      ? [violation(same[0]!.extension, `an update is lost: ${names.join(' and ')}`)]
      : [];
  });
}

function violation(extension: string, detail: string): Violation {
  return { kind: 'edit', subject: `extension ${extension}`, detail };
}
