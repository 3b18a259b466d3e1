import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { parseDataKeys } from '../../src/store';
import { dataConverterWith } from '../../src/worker/data-converter';
import { EncryptingPayloadCodec } from '../../src/worker/payload-codec';
import { eventually } from '../support/eventually';
import { temporalAddress } from '../support/servers';
import { Lab } from './lab';

jest.setTimeout(180_000);

const dayMs = 86_400_000;

/** What lists of the API look like, as far as this test reads them. */
interface RejectedList {
  items: { event: string | null; reason: string }[];
}

describe('a webhook repeated long after its call', () => {
  let lab: Lab;
  let client: Client;

  beforeAll(async () => {
    lab = await Lab.open({ env: { LEDGER_RETENTION_DAYS: '30' } });
    const keys = parseDataKeys(lab.env().DATA_KEY!);
    client = new Client({
      connection: await Connection.connect({ address: temporalAddress() }),
      dataConverter: dataConverterWith(new EncryptingPayloadCodec(keys)),
    });
    await lab.start('api');
    await lab.start('worker');
    await lab.connect();
  });
  afterAll(async () => {
    await client.connection.close();
    await lab.close();
  });

  it('ends at the ledger once Temporal has forgotten the call', async () => {
    const { callId, recordingId, answered, ended } = await lab.placeCall();
    const { body } = await lab.send('call-answered', answered);
    await lab.send('call-ended', ended);
    await lab.expectWholeOnce(callId, recordingId);
    const handle = client.workflow.getHandle(body.workflowId!);
    await handle.result();
    await client.workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: body.workflowId! },
    });
    await eventually(() => isForgotten(handle.workflowId), 'Temporal has forgotten the call', 120_000);

    for (const [event, fields] of [
      ['call-answered', answered],
      ['call-ended', ended],
      ['recording-ready', { callId }],
    ] as const)
      expect(await lab.send(event, fields)).toMatchObject({ status: 202 });

    // Whatever was started for the repeats has come to its end.
    const query = `WorkflowId = '${handle.workflowId}' AND ExecutionStatus = 'Running'`;
    await eventually(async () => !(await isForgotten(handle.workflowId)), 'the repeat has arrived');
    await eventually(async () => (await client.workflow.count(query)).count === 0, 'nothing runs any more');
    expect(await client.workflow.getHandle(handle.workflowId).result()).toMatchObject({
      marks: expect.arrayContaining(['handled-before']) as unknown,
      bitrix24CallId: null,
    });
    const call = await lab.expectWholeOnce(callId, recordingId);
    expect(call.marks).not.toContain('handled-before');
    expect(lab.portal.control.requests('telephony.externalCall.register')).toHaveLength(1);
  });

  it('is kept aside for a person when it is older than the ledger', async () => {
    const { callId, answered } = await lab.placeCall();
    const before = lab.portal.control.requests().length;
    const old = {
      ...answered,
      startedAt: new Date(Date.now() - 31 * dayMs).toISOString(),
      answeredAt: new Date(Date.now() - 31 * dayMs + 5_000).toISOString(),
    };
    const { status, body } = await lab.send('call-answered', old);
    expect(status).toBe(202);
    const { items } = await lab.admin<RejectedList>('GET', `connections/${lab.connection}/rejected`);
    expect(items[0]).toMatchObject({ event: 'call-answered', reason: 'too-old' });
    expect(await isForgotten(body.workflowId!)).toBe(true);
    await expect(lab.call(callId)).rejects.toThrow(/404/);
    expect(lab.portal.control.requests()).toHaveLength(before);
  });

  async function isForgotten(workflowId: string): Promise<boolean> {
    try {
      await client.workflow.getHandle(workflowId).describe();
      return false;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    }
  }
});
