import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { temporalAddress } from '../../test/support/servers';
import type { CallGateway } from './call-gateway';
import { TemporalUnreachable } from './call-gateway';
import { createTemporalGateway } from './temporal-gateway';

let client: Client;
let gateway: CallGateway;
let workflowId: string;

beforeAll(async () => {
  client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
  gateway = createTemporalGateway({ client, taskQueue: 'nobody-listens', timeScale: 1 });
});
afterAll(() => client.connection.close());
beforeEach(() => {
  workflowId = `call/office/${randomUUID()}`;
});

const start = () => client.workflow.start('call', { workflowId, taskQueue: 'nobody-listens', args: [] });

describe('what Temporal knows of a call', () => {
  it('is nothing before it starts, and needs no worker afterwards', async () => {
    expect(await gateway.status(workflowId, 5_000)).toBeNull();
    const handle = await start();
    expect(await gateway.status(workflowId, 5_000)).toBe('open');
    await handle.terminate();
    expect(await gateway.status(workflowId, 5_000)).toBe('closed');
  });

  it('is an error, not "nothing", while Temporal is away', async () => {
    const away = createTemporalGateway({
      client: new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) }),
      taskQueue: 'x',
      timeScale: 1,
    });
    await expect(away.status(workflowId, 300)).rejects.toThrow(TemporalUnreachable);
    await expect(away.forget(workflowId)).rejects.toThrow(TemporalUnreachable);
  });
});

describe('forgetting a call', () => {
  it('has Temporal delete the history of one that is over, and of no other', async () => {
    expect(await gateway.forget(workflowId)).toBe('unknown');
    const handle = await start();
    expect(await gateway.forget(workflowId)).toBe('open');
    expect(await gateway.status(workflowId, 5_000)).toBe('open');
    await handle.terminate();
    expect(await gateway.forget(workflowId)).toBe('forgotten');
  });
});
