import { checkEdits } from './check-edits';
import type { CallToFind, Evidence, SeenRow } from './evidence';
import { groupBy } from './group-by';
import type { Violation, ViolationKind } from './violation';

/** Compares what the peers saw with what was played. Pure: the same evidence gives the same violations. */
export function check(evidence: Evidence): Violation[] {
  const rowsByExternalId = groupBy(evidence.rows, (row) => row.externalCallId ?? '');
  return [
    ...evidence.calls.flatMap((call) =>
      checkCall(call, rowsByExternalId.get(call.externalCallId) ?? [], evidence),
    ),
    ...checkStrangers(evidence),
    ...checkActivities(evidence),
    ...checkLeads(evidence),
    ...checkWorkflows(evidence),
    ...checkEdits(evidence),
    ...evidence.leaks.map(({ where, what, count }) => ({
      kind: 'leak' as const,
      subject: where,
      detail: `${what}, ${count} time(s)`,
    })),
    ...evidence.faults
      .filter(({ planned, hits }) => planned !== 0 && hits === 0)
      .map(({ kind, planned }) => ({
        kind: 'never-hit' as const,
        subject: kind,
        detail: planned === null ? 'at work all the time' : `planned ${planned} time(s)`,
      })),
  ];
}

/** I1 to I4 and I10 for one call. */
function checkCall(call: CallToFind, rows: SeenRow[], evidence: Evidence): Violation[] {
  const say = (kind: ViolationKind, detail: string): Violation => ({
    kind,
    subject: call.callId,
    detail: `${call.scenario}: ${detail}`,
  });
  const [row, ...more] = rows;
  if (row === undefined) {
    if (call.untraceable === true) return [];
    const open = evidence.openRegistrations.some(
      ({ externalCallId }) => externalCallId === call.externalCallId,
    );
    return [say('lost', open ? 'registered and never finished' : 'not in the portal')];
  }
  const found: Violation[] = [];
  if (more.length > 0) found.push(say('doubled', `${rows.length} statistics rows`));
  found.push(...wrongFields(call, row).map((detail) => say('wrong', detail)));
  if (row.recordingSha256 !== call.recordingSha256)
    found.push(say('recording', describeRecording(call.recordingSha256, row.recordingSha256)));
  const [fromMs, limitMs, what] =
    call.cleanFromMs === null
      ? [evidence.healedAtMs, evidence.healLimitMs, 'after the last fault']
      : [call.cleanFromMs, evidence.cleanLimitMs, 'for a call without any fault'];
  const tookMs = row.finishedAtMs - fromMs;
  if (tookMs > limitMs) found.push(say('late', `${tookMs} ms ${what}; the limit is ${limitMs} ms`));
  return found;
}

/** I3: the fields that differ, each with both values; numbers are not shown. */
function wrongFields(call: CallToFind, row: SeenRow): string[] {
  const fields = ['userId', 'lineNumber', 'type', 'statusCode', 'durationSeconds', 'startedAtMs'] as const;
  const wrong = fields
    .filter((field) => row[field] !== call[field])
    .filter((field) => field !== 'userId' || row.userId !== call.orUserId)
    .filter((field) => field !== 'statusCode' || row.statusCode !== call.orStatusCode)
    .map((field) => `${field} is ${String(row[field])}, not ${String(call[field])}`);
  return row.number === call.number ? wrong : [...wrong, 'number is another one'];
}

function describeRecording(wanted: string | null, linked: string | null): string {
  if (linked === null) return 'the recording is not attached';
  if (wanted === null) return 'a recording is attached to a call that has none';
  return 'the attached recording is another one, or damaged';
}

/** I2: rows and open registrations that belong to no call, or to one that is finished already. */
function checkStrangers({ calls, rows, openRegistrations }: Evidence): Violation[] {
  const known = new Set(calls.map(({ externalCallId }) => externalCallId));
  const numbers = new Map(calls.map(({ number, callId }) => [number, callId]));
  const finished = new Set(rows.map(({ externalCallId }) => externalCallId));
  // A finish that broke off midway leaves the very call open that has its row: to finish it again would double it.
  const halfDone = new Set(rows.map(({ callId }) => callId));
  return [
    ...rows
      .filter(({ externalCallId }) => !known.has(externalCallId ?? ''))
      .map((row) => ({
        kind: 'doubled' as const,
        subject: numbers.get(row.number) ?? row.callId,
        detail: `a statistics row under ${row.externalCallId ?? 'no external id'}, which names no call that was made`,
      })),
    ...openRegistrations
      .filter(({ callId }) => !halfDone.has(callId))
      .filter(({ externalCallId }) => finished.has(externalCallId) || !known.has(externalCallId ?? ''))
      .map((open) => ({
        kind: 'doubled' as const,
        subject: numbers.get(open.number) ?? open.callId,
        detail: `an open registration ${open.callId} beside the finished call`,
      })),
  ];
}

/** I2: at most one activity a row, and none without a row. */
function checkActivities({ activityCallIds, rows }: Evidence): Violation[] {
  const rowIds = new Set(rows.map(({ callId }) => callId));
  return [...groupBy(activityCallIds, (id) => id)].flatMap(([callId, { length }]): Violation[] => {
    if (!rowIds.has(callId))
      return [{ kind: 'doubled', subject: callId, detail: 'an activity without a statistics row' }];
    return length > 1 ? [{ kind: 'doubled', subject: callId, detail: `${length} activities` }] : [];
  });
}

/** I2: each outside number made one lead at most; `number` is one call's own in a run. */
function checkLeads({ leadNumbers, calls }: Evidence): Violation[] {
  const byNumber = new Map(calls.map(({ number, callId }) => [number, callId]));
  return [...groupBy(leadNumbers.flat(), (number) => number)]
    .filter(([, leads]) => leads.length > 1)
    .map(([number, { length }]) => ({
      kind: 'doubled' as const,
      subject: byNumber.get(number) ?? 'unknown call',
      detail: `${length} leads`,
    }));
}

/** I6: no run is open, failed, terminated or timed out. */
function checkWorkflows({ workflows, calls }: Evidence): Violation[] {
  const waitsInVain = waitingInVain(calls);
  return workflows
    .filter(({ status }) => status !== 'COMPLETED')
    .filter(({ workflowId, status }) => status !== 'RUNNING' || !waitsInVain.has(workflowId))
    .map(({ workflowId, status }) => ({
      kind: 'workflow',
      subject: workflowId,
      detail: status.toLowerCase(),
    }));
}

/** Workflows of calls whose end nobody can know of: they wait for it, up to the longest believable call. */
export function waitingInVain(calls: readonly CallToFind[]): ReadonlySet<string> {
  return new Set(
    calls.flatMap(({ untraceable, externalCallId }) =>
      untraceable === true ? [`call/${externalCallId}`] : [],
    ),
  );
}
