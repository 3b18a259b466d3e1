import type { Violation, ViolationKind } from './checker';
import { violationKinds } from './checker';
import type { FaultCount } from './evidence';
import type { CallView } from '../src/domain/call-view';
import type { ChaosLab } from './lab';
import { connection } from './lab';
import type { Sender } from './sender';

/** One run for people and for `--report`. */
export interface Report {
  seed: number;
  calls: number;
  minutes: number;
  /** Whole run, seconds. */
  tookS: number;
  faults: FaultCount[];
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

const mostExplained = 20;

/** The end of a run as a table. */
export function formatReport(report: Report): string {
  const counts = countViolations(report.violations);
  const { healing, clean } = report;
  const lines = [
    ...report.faults.map(
      ({ kind, matrix, planned, hits }) =>
        `${matrix.padEnd(4)} ${kind.padEnd(40)} planned ${String(planned).padStart(3)}  hits ${String(hits).padStart(4)}`,
    ),
    '',
    `calls            ${report.calls} (seed ${report.seed}, ${report.minutes} min planned, ${report.tookS} s in all)`,
    `kinds of faults  ${report.faults.length}, hits ${report.faults.reduce((sum, { hits }) => sum + hits, 0)}`,
    `webhooks         ${list(report.answers)}`,
    `portal requests  ${list(report.portalRequests)}`,
    `crashes          ${list(report.crashes)}`,
    `healing          ${healing.tookMs === null ? 'NOT within' : `${(healing.tookMs / 1000).toFixed(1)} s of`} ${healing.limitMs / 1000} s; reconciled: ${list(healing.reconciled)}`,
    `clean calls      ${clean.calls}, slowest ${clean.slowestMs} ms, limit ${clean.limitMs} ms`,
    ...violationKinds.map((kind) => `${kind.padEnd(16)} ${counts[kind]}`),
    ...report.violations.map(({ kind, subject, detail }) => `  ${kind}  ${subject}  ${detail}`),
    report.violations.length === 0
      ? 'All invariants hold.'
      : 'BROKEN. The same seed plans the same run again.',
  ];
  return lines.join('\n');
}

function countViolations(violations: Violation[]): Record<ViolationKind, number> {
  const counts = Object.fromEntries(violationKinds.map((kind) => [kind, 0])) as Record<ViolationKind, number>;
  for (const { kind } of violations) counts[kind] += 1;
  return counts;
}

function list(counts: Record<string, number>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return parts.join(', ') || 'none';
}

/** What happened to each call with a violation. Holds numbers of invented clients only. */
export async function explain(lab: ChaosLab, sender: Sender, violations: Violation[]): Promise<unknown[]> {
  // What must never happen comes first.
  const worst = (kind: ViolationKind): number => ['lost', 'wrong', 'doubled'].indexOf(kind);
  const ordered = [...violations].sort((a, b) => worst(b.kind) - worst(a.kind));
  const ids = [...new Set(ordered.map(({ subject }) => subject.split('/').at(-1)!))];
  const out: unknown[] = [];
  for (const callId of ids.slice(0, mostExplained)) {
    const source = sender.played.find(({ played }) => played.calls.some((call) => call.callId === callId));
    if (source === undefined) continue;
    const { planned, played } = source;
    const external = `${connection}/${callId}`;
    const openIds = lab.portal.control.openCalls.filter(({ externalCallId }) => externalCallId === external);
    const rows = lab.portal.control.statistics.filter((row) => row.number === planned.caller);
    const bitrix24Ids = new Set(rows.map((row) => row.callId));
    out.push({
      callId,
      planned,
      expected: played.calls,
      deliveries: played.deliveries.map(({ event, sentAt, status, answer, error }) => ({
        ...{ event, at: new Date(sentAt).toISOString(), status, error },
        heldBy: (answer as { heldBy?: string } | null)?.heldBy,
      })),
      rows,
      openRegistrations: openIds,
      requests: lab.portal.control
        .requests()
        .filter(({ params }) => {
          const id = params['CALL_ID'];
          return params['EXTERNAL_CALL_ID'] === external || (typeof id === 'string' && bitrix24Ids.has(id));
        })
        .map(({ at, method, status, outcome, executed, faults }) => ({
          ...{ at: new Date(at).toISOString(), method, status, outcome, executed, faults },
        })),
      bridge: await lab
        .admin<CallView>('GET', `connections/${connection}/calls/${encodeURIComponent(callId)}`)
        .catch((error: unknown) => String(error)),
    });
  }
  return out;
}
