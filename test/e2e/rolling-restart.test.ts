import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { BalancedAnswer } from '../support/balancer';
import { Balancer, post } from '../support/balancer';
import { BridgeProcess } from '../support/bridge-process';
import { eventually } from '../support/eventually';
import { temporalAddress } from '../support/servers';
import { Lab } from './lab';

jest.setTimeout(240_000);

const perSecond = 50;

describe('two APIs behind a load balancer, restarted one after the other under 50 webhooks a second', () => {
  let lab: Lab;
  let balancer: Balancer | undefined;
  const apis: BridgeProcess[] = [];

  beforeAll(async () => {
    lab = await Lab.open({ env: { SHUTDOWN_DELAY_MS: '5000' } });
    apis.push(await lab.start('api'));
    await lab.connect();
    apis.push(await start('0'));
  });
  afterAll(async () => {
    balancer?.close();
    await Promise.all(apis.map((one) => one.stop('SIGKILL')));
    await lab.close();
  });

  function start(port: string): Promise<BridgeProcess> {
    return BridgeProcess.start({ kind: 'api', env: { ...lab.env(), PORT: port } });
  }

  it('refuse no connection, answer nothing but 202, and lose no event', async () => {
    balancer = new Balancer(apis.map((one) => one.url));
    await eventually(() => balancer!.size === 2, 'both are ready');
    const answers: Promise<BalancedAnswer>[] = [];
    let going = true;
    const sending = (async () => {
      const begunMs = performance.now();
      while (going) {
        answers.push(balancer!.post(path(), headers(), body()));
        await sleep(Math.max(0, begunMs + (answers.length * 1_000) / perSecond - performance.now()));
      }
    })();

    let direct = 0;
    try {
      for (const [index, old] of [...apis].entries()) {
        const { port } = new URL(old.url);
        const stopped = old.stop('SIGTERM');
        await eventually(() => balancer!.size === 1, 'the balancer has noticed');
        // What is on its way by then is taken as ever.
        expect(await post(`${old.url}${path()}`, headers(), body())).toEqual({ status: 202 });
        direct += 1;
        expect(await stopped).toBe(0);
        apis[index] = await start(port);
        await eventually(() => balancer!.size === 2, 'both are ready again', 20_000);
      }
    } finally {
      going = false;
      await sending;
    }

    const outcomes = await Promise.all(answers);
    expect(outcomes.filter((one) => !('status' in one && one.status === 202))).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(5 * perSecond);
    const client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
    const query = `TaskQueue = 'lab-${lab.connection}' AND WorkflowType = 'call'`;
    await eventually(
      async () => (await client.workflow.count(query)).count === outcomes.length + direct,
      'each event has its workflow',
      30_000,
    );
    await client.connection.close();
  });

  const path = (): string => `/webhooks/3cx/${lab.connection}/call-ringing`;
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${lab.webhookToken}`,
    'content-type': 'application/json',
  });
  const body = (): string =>
    JSON.stringify({ callId: randomUUID(), extension: '201', callerNumber: '+79161234567', direction: 1 });
});
