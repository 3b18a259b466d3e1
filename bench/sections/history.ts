import { temporal } from '@temporalio/proto';
import type { BenchBridge } from '../lab/bridge';
import { openBridge } from '../lab/bridge';
import { forgetCalls, playCall } from '../lab/played-call';
import { registered, settled, tellCall } from '../lab/run-call';
import type { Servers } from '../lab/servers';
import type { Measure } from '../measure';

const mostEvents = 50;
const mostActions = 11;
const { EventType } = temporal.api.enums.v1;

/** What Temporal Cloud bills of a history, by kind of event (temporal.md 4.1); the signal of a signalWithStart is part of the start. */
const billed: Record<string, number> = {
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED]: 0,
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED]: 1,
  [EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED]: 1,
  [EventType.EVENT_TYPE_TIMER_STARTED]: 1,
  [EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES]: 1,
  [EventType.EVENT_TYPE_MARKER_RECORDED]: 1,
};

interface Cost {
  events: number;
  actions: number;
  bytes: number;
  /** How often each kind of event is there. */
  kinds: Map<string, number>;
}

/** Events and Actions of a normal call, read from the history of a call that the product has carried. */
export async function measureHistory(servers: Servers): Promise<Measure[]> {
  const bridge = await openBridge(servers, { name: 'history', worker: true, portalBudget: true });
  try {
    const call = await playCall(servers.standIns);
    const { workflowId } = await tellCall(bridge, servers.standIns, call);
    await settled(bridge, workflowId);
    const normal = await costOf(bridge, workflowId);
    const rung = await costOf(bridge, await rungCall(servers, bridge));
    const kinds = [...normal.kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
    return [
      {
        name: 'history of a call: answered, ended, attached',
        ours: `${normal.events} events`,
        goal: `≤ ${mostEvents}`,
        met: normal.events <= mostEvents,
        note: `${normal.bytes} bytes; ${kinds}`,
      },
      {
        name: 'its Actions',
        ours: String(normal.actions),
        goal: `≤ ${mostActions}`,
        met: normal.actions <= mostActions,
      },
      {
        name: 'the same call told by ringing, too',
        ours: `${rung.events} events, ${rung.actions} Actions`,
      },
    ];
  } finally {
    await bridge.stop();
    await forgetCalls(servers.standIns);
  }
}

/** The same call, but the phone rings before. */
async function rungCall({ standIns }: Servers, bridge: BenchBridge): Promise<string> {
  const call = await playCall(standIns);
  const { answeredAt: _answeredAt, ...ringing } = call.answered as Record<string, unknown>;
  const { workflowId } = await bridge.send('call-ringing', ringing);
  await registered(standIns, `bench/${call.callId}`);
  await bridge.send('call-answered', call.answered);
  await bridge.send('call-ended', call.ended);
  await settled(bridge, workflowId);
  return workflowId;
}

async function costOf(bridge: BenchBridge, workflowId: string): Promise<Cost> {
  const history = await bridge.core.client.workflow.getHandle(workflowId).fetchHistory();
  const events = history.events ?? [];
  const kinds = new Map<string, number>();
  let actions = 0;
  for (const { eventType } of events) {
    const kind = EventType[eventType!].replace('EVENT_TYPE_', '').toLowerCase();
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    actions += billed[String(eventType)] ?? 0;
  }
  const bytes = temporal.api.history.v1.History.encode(history).finish().length;
  return { events: events.length, actions, bytes, kinds };
}
