import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { createTemporalGateway } from '../../src/api/temporal-gateway';
import type { CallEvent } from '../../src/domain/call-event';
import type { BenchBridge } from '../lab/bridge';
import { openBareWebhook } from '../lab/bare-webhook';
import { openBridge } from '../lab/bridge';
import { inFlight, inTurn, timed } from '../lab/in-flight';
import type { Servers } from '../lab/servers';
import { WebhookClient } from '../lab/webhook-client';
import type { Measure, Say } from '../measure';
import { median, percentile, short } from '../measure';

const blocks = 7;
const singles = 40;
const together = 250;
const width = 50;
const warmUps = 1_200;

/**
 * `ours`: the product's webhook. `bare`: a `signalWithStart` of a client without codec and attributes. `direct`: our own
 * request, with both, and no HTTP before it. `least`: the same behind the least webhook there is.
 */
type Way = 'ours' | 'bare' | 'least' | 'direct';

/** One event to be made durable, one way or another. */
type Deliver = () => Promise<void>;

/**
 * From webhook to 202, against a bare `signalWithStart` from the same process: one at a time and fifty in flight, in blocks
 * that take turns so that a noisy machine hits both. No worker polls either queue.
 */
export async function measureWebhook(servers: Servers, say: Say): Promise<Measure[]> {
  const bridge = await openBridge(servers, { name: 'webhook', worker: false, portalBudget: true });
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const send = directSignal(bridge);
  const bareWebhook = await openBareWebhook(send);
  const least = new WebhookClient(bareWebhook.url);
  try {
    const held = { temporal: 0, inbox: 0 };
    const ways: Record<Way, Deliver> = {
      ours: webhook(bridge, held),
      bare: bareSignal(new Client({ connection })),
      least: async () => void (await least.post('/', event(randomUUID()))),
      direct: () => send(event(randomUUID())),
    };
    // All paths are hot, as in a server that runs for hours, before anything counts.
    for (const deliver of Object.values(ways)) await inFlight(warmUps, width, deliver);
    const single: Record<Way, number[]> = { ours: [], bare: [], least: [], direct: [] };
    const rate = { ours: [] as number[], bare: [] as number[] };
    for (let block = 0; block < blocks; block += 1) {
      for (const way of inTurn(Object.keys(ways) as Way[], block))
        single[way].push(...(await oneByOne(ways[way])));
      for (const way of inTurn(['ours', 'bare'] as const, block)) {
        const tookMs = await timed(() => inFlight(together, width, ways[way]));
        rate[way].push((together * 1_000) / tookMs);
      }
      say(
        `block ${block + 1} of ${blocks}: ${short(rate.ours.at(-1)!, 0)}/s, bare ${short(rate.bare.at(-1)!, 0)}/s`,
      );
    }
    return [latency(single), throughput(rate, held)];
  } finally {
    await least.close();
    await bareWebhook.stop();
    await connection.close();
    await bridge.stop();
  }
}

async function oneByOne(deliver: Deliver): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < singles; index += 1) took.push(await timed(deliver));
  return took;
}

function event(callId: string): object {
  const at = new Date().toISOString();
  return {
    callId,
    extension: '101',
    callerNumber: '79161234567',
    did: '74951234567',
    direction: 'inbound',
    startedAt: at,
    answeredAt: at,
  };
}

function webhook(bridge: BenchBridge, held: Record<string, number>): Deliver {
  return async () => {
    const { heldBy } = await bridge.send('call-answered', event(randomUUID()));
    held[heldBy] = (held[heldBy] ?? 0) + 1;
  };
}

/** No codec, no search attributes, no deadline: the least that holds an event of the same size. */
function bareSignal(client: Client): Deliver {
  return async () => {
    const callId = randomUUID();
    const receivedAt = new Date().toISOString();
    const extra = { event: 'call-answered', deliveryKey: randomUUID(), receivedAt, source: 'webhook' };
    await client.workflow.signalWithStart('bare', {
      workflowId: `bare/bench/${callId}`,
      taskQueue: 'bench-nobody',
      args: [{ connection: 'bench', callId, workflowId: `bare/bench/${callId}` }],
      signal: 'event',
      signalArgs: [{ ...event(callId), ...extra }],
    });
  };
}

/** The request of the product, with codec, attributes and deadline, without HTTP before it. */
function directSignal(bridge: BenchBridge): (fields: object) => Promise<void> {
  const { client, settings } = bridge.core;
  const gateway = createTemporalGateway({ client, taskQueue: settings.taskQueue, timeScale: 1 });
  return async (fields) => {
    const facts = fields as Partial<CallEvent> & { callId: string };
    const ref = { connection: 'bench', callId: facts.callId, workflowId: `call/bench/${facts.callId}` };
    const told = { event: 'call-answered', deliveryKey: randomUUID(), source: 'webhook' } as const;
    await gateway.deliver(ref, { ...facts, ...told, receivedAt: new Date().toISOString() }, 5_000);
  };
}

function latency(took: Record<Way, number[]>): Measure {
  const [ours, bare, least, direct] = [
    median(took.ours),
    median(took.bare),
    median(took.least),
    median(took.direct),
  ];
  const ratio = ours / bare;
  const tails = `p10 ${short(percentile(took.ours, 0.1), 2)} ms against ${short(percentile(took.bare, 0.1), 2)} ms, p95 ${short(percentile(took.ours, 0.95))} ms against ${short(percentile(took.bare, 0.95))} ms`;
  const floor = `codec and attributes alone make ${short(direct / bare, 2)} × of it (${short(direct, 2)} ms), with the least webhook before them ${short(least / bare, 2)} × (${short(least, 2)} ms)`;
  return {
    name: 'webhook to 202, one at a time, p50',
    ours: `${short(ours, 2)} ms`,
    baseline: `${short(bare, 2)} ms`,
    ratio,
    goal: '≤ 1.25',
    met: ratio <= 1.25,
    note: `${took.ours.length} each, in ${blocks} blocks in turn; ${tails}; ${floor}`,
  };
}

function throughput(rate: { ours: number[]; bare: number[] }, held: Record<string, number>): Measure {
  const ratio = median(rate.ours.map((ours, block) => ours / rate.bare[block]!));
  const range = (values: number[]): string =>
    `${short(Math.min(...values), 0)} to ${short(Math.max(...values), 0)}/s`;
  return {
    name: `webhook to 202, ${width} in flight`,
    ours: `${short(median(rate.ours), 0)}/s`,
    baseline: `${short(median(rate.bare), 0)}/s`,
    ratio,
    goal: '≥ 0.80',
    met: ratio >= 0.8,
    note: `${blocks} blocks of ${together}: ${range(rate.ours)} against ${range(rate.bare)}; the ratio is the median of the blocks’; ${held.inbox ?? 0} events went to the inbox`,
  };
}
