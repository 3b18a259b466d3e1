import type { FaultCount } from './evidence';
import type { Violation } from './violation';
import { violationKinds } from './violation';

/** One run for people and for `--report`. */
export interface Report {
  seed: number;
  calls: number;
  minutes: number;
  /** Whole run, seconds. */
  tookS: number;
  faults: FaultCount[];
  /** Faults that were scheduled, beside what goes on all the time. */
  scheduled: number;
  /** Ends by SIGKILL, by whom they hit. */
  kills: { byTarget: Record<string, number>; inFlight: number; everyS: number };
  /** In percent: what went wrong all the time. */
  shares: Record<string, number>;
  /** Edits of mappings, by what the admin was told. */
  edits: Record<string, number>;
  workflows: number;
  /** Calls whose end nobody can know of: it was not taken, and the call log of the PBX has no row of them. */
  untraceable: number;
  answers: Record<string, number>;
  /** Requests that reached the portal, by method. */
  portalRequests: Record<string, number>;
  /** Ends of processes that nobody ordered, by place. */
  crashes: Record<string, number>;
  healing: { tookMs: number | null; limitMs: number; reconciled: Record<string, number> };
  clean: { calls: number; slowestMs: number; limitMs: number };
  violations: Violation[];
  /** What was played and what the bridge and the portal say, of calls with a violation. */
  evidence: unknown[];
}

/** The end of a run as a table. */
export function formatReport(report: Report): string {
  const counts = countBy(report.violations, ({ kind }) => kind);
  const { healing, clean } = report;
  const lines = [
    ...report.faults.map(
      ({ kind, matrix, planned, hits }) =>
        `${matrix.padEnd(4)} ${kind.padEnd(40)} planned ${String(planned ?? 'always').padStart(6)}  hits ${String(hits).padStart(5)}`,
    ),
    '',
    `calls            ${report.calls} (seed ${report.seed}, ${report.minutes} min planned, ${report.tookS} s in all)`,
    `kinds of faults  ${report.faults.length}, hits ${report.faults.reduce((sum, { hits }) => sum + hits, 0)}; ${report.scheduled} faults were scheduled`,
    `kills            ${list(report.kills.byTarget)}; one every ${report.kills.everyS} s, ${report.kills.inFlight} in the middle of something`,
    `percent          ${list(report.shares)}`,
    `edits            ${list(report.edits)}`,
    `workflows        ${report.workflows}`,
    `untraceable      ${report.untraceable} (nobody took their end, and the PBX keeps nothing of them)`,
    `webhooks         ${list(report.answers)}`,
    `portal requests  ${list(report.portalRequests)}`,
    `crashes          ${list(report.crashes)}`,
    `healing          ${healing.tookMs === null ? 'NOT within' : `${(healing.tookMs / 1000).toFixed(1)} s of`} ${healing.limitMs / 1000} s; reconciled: ${list(healing.reconciled)}`,
    `clean calls      ${clean.calls}, slowest ${clean.slowestMs} ms, limit ${clean.limitMs} ms`,
    ...violationKinds.map((kind) => `${kind.padEnd(16)} ${counts[kind] ?? 0}`),
    ...report.violations.map(({ kind, subject, detail }) => `  ${kind}  ${subject}  ${detail}`),
    report.violations.length === 0
      ? 'All invariants hold.'
      : 'BROKEN. The same seed plans the same run again.',
  ];
  return lines.join('\n');
}

/** How many there are of each. */
export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

function list(counts: Record<string, number>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return parts.join(', ') || 'none';
}
