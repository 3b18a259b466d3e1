import { temporal } from '@temporalio/proto';
import type { CallView } from '../src/domain/call-view';
import { withTemporal } from './collect';
import type { ChaosLab } from './lab';
import { connection } from './office';
import type { Sender } from './sender';
import type { Violation, ViolationKind } from './violation';

const mostExplained = 20;

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
      workflow: await tellWorkflow(lab, `call/${external}`).catch((error: unknown) => String(error)),
    });
  }
  return out;
}

/** The history of a workflow, a line an event, and what it waits for. */
async function tellWorkflow(lab: ChaosLab, workflowId: string): Promise<unknown> {
  let told: unknown;
  await withTemporal(lab, async (client) => {
    const handle = client.workflow.getHandle(workflowId);
    const { events } = await handle.fetchHistory();
    const { raw } = await handle.describe();
    told = {
      history: (events ?? []).map(({ eventTime, eventType, ...attributes }) => {
        const at = new Date(Number(eventTime?.seconds ?? 0) * 1000).toISOString().slice(11, 19);
        const step = attributes.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
        return `${at} ${temporal.api.enums.v1.EventType[Number(eventType)] ?? ''} ${step}`.trim();
      }),
      pending: (raw.pendingActivities ?? []).map(({ activityType, state, attempt, lastFailure }) => ({
        ...{ step: activityType?.name, state, attempt, failure: lastFailure?.message },
      })),
      pendingTask: raw.pendingWorkflowTask ?? null,
    };
  });
  return told;
}
