import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { createTemporalGateway } from '../../src/api/temporal-gateway';
import type { CallEvent } from '../../src/domain/call-event';
import type { BenchBridge } from '../lab/bridge';
import { openBridge } from '../lab/bridge';
import { inFlight, timed } from '../lab/in-flight';
import type { Servers } from '../lab/servers';
import type { Measure, Say } from '../measure';
import { median, percentile, short } from '../measure';

const blocks = 7;
const singles = 40;
const together = 250;
const width = 50;
const warmUps = 1_200;

/** One event to be made durable, either way. */
type Deliver = () => Promise<void>;

/**
 * From webhook to 202, against a bare `signalWithStart` from the same process: one at a time and fifty in flight, in blocks
 * that take turns so that a noisy machine hits both. No worker polls either queue.
 */
export async function measureWebhook(servers: Servers, say: Say): Promise<Measure[]> {
  const bridge = await openBridge(servers, { name: 'webhook', worker: false, portalBudget: true });
  const connection = await Connection.connect({ address: servers.temporalAddress });
  try {
    const held = { temporal: 0, inbox: 0 };
    const ways = {
      ours: webhook(bridge, held),
      bare: bareSignal(new Client({ connection })),
      // What our own request costs when no webhook stands before it.
      direct: directSignal(bridge),
    };
    // Both paths are hot, as in a server that runs for hours, before anything counts.
    for (const deliver of Object.values(ways)) await inFlight(warmUps, width, deliver);
    const single = { ours: [] as number[], bare: [] as number[], direct: [] as number[] };
    const rate = { ours: [] as number[], bare: [] as number[] };
    for (let block = 0; block < blocks; block += 1) {
      for (const way of [...inTurn(block), 'direct'] as const)
        single[way].push(...(await oneByOne(ways[way])));
      for (const way of inTurn(block)) {
        const tookMs = await timed(() => inFlight(together, width, ways[way]));
        rate[way].push((together * 1_000) / tookMs);
      }
      say(
        `block ${block + 1} of ${blocks}: ${short(rate.ours.at(-1)!, 0)}/s, bare ${short(rate.bare.at(-1)!, 0)}/s`,
      );
    }
    return [latency(single), throughput(rate, held)];
  } finally {
    await connection.close();
    await bridge.stop();
  }
}

function inTurn(block: number): ('ours' | 'bare')[] {
  return block % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours'];
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
function directSignal(bridge: BenchBridge): Deliver {
  const { client, settings } = bridge.core;
  const gateway = createTemporalGateway({ client, taskQueue: settings.taskQueue, timeScale: 1 });
  return async () => {
    const callId = randomUUID();
    const ref = { connection: 'bench', callId, workflowId: `call/bench/${callId}` };
    const told = { event: 'call-answered', deliveryKey: randomUUID(), source: 'webhook' } as const;
    const facts = event(callId) as Partial<CallEvent>;
    await gateway.deliver(ref, { ...facts, ...told, receivedAt: new Date().toISOString() }, 5_000);
  };
}

function latency(took: { ours: number[]; bare: number[]; direct: number[] }): Measure {
  const [ours, bare, direct] = [median(took.ours), median(took.bare), median(took.direct)];
  const ratio = ours / bare;
  const tails = `p10 ${short(percentile(took.ours, 0.1), 2)} ms against ${short(percentile(took.bare, 0.1), 2)} ms, p95 ${short(percentile(took.ours, 0.95))} ms against ${short(percentile(took.bare, 0.95))} ms`;
  return {
    name: 'webhook to 202, one at a time, p50',
    ours: `${short(ours, 2)} ms`,
    baseline: `${short(bare, 2)} ms`,
    ratio,
    goal: '≤ 1.25',
    met: ratio <= 1.25,
    note: `${took.ours.length} each, in ${blocks} blocks in turn; ${tails}; our own request without a webhook before it, with codec and attributes, ${short(direct, 2)} ms: the webhook takes ${short(ours / direct, 2)} × that`,
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
