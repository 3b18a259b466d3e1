import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { temporalAddress } from '../support/servers';
import { eventually } from '../support/eventually';
import { Lab } from './lab';

jest.setTimeout(120_000);

const caller = '79167654321';

let lab: Lab;
let callIds: string[];

beforeAll(async () => {
  lab = await Lab.open({ env: { LOG_LEVEL: 'trace' } });
  await lab.start('api');
  await lab.start('worker');
  await lab.connect();
  const answered = await lab.pbx.control.play('blind-transfer', {
    to: lab.target,
    cast: { caller, agents: ['201', '202'] },
  });
  const missed = await lab.pbx.control.play('inbound-missed', {
    to: { ...lab.target, auth: 'query' },
    cast: { caller },
    transport: 'get',
  });
  // An id that holds the client's number, a body that is not understood, a wrong token.
  const withNumber = `call-${caller}-1`;
  await lab.send('call-ended', { callId: withNumber, callerNumber: `+${caller}`, status: 'missed' });
  await lab.send('call-ringing', { callId: 'x', callerNumber: caller, extension: '%Ext%' });
  await fetch(`${lab.target.url}/webhooks/3cx/${lab.connection}/call-ended?token=wrong-${caller}`);
  // The portal refuses and echoes what it was sent.
  lab.portal.control.faults.add({
    kind: 'refuse',
    method: 'telephony.externalcall.register',
    text: `Something about ${caller} and ${lab.portal.webhookUrl}`,
  });
  const refused = await lab.pbx.control.play('inbound-answered', { to: lab.target, cast: { caller } });
  callIds = [answered, missed, refused].map((played) => played.calls[0]!.callId);
  for (const callId of callIds) await lab.settled(callId);
  await lab.settled(withNumber);
  expect(lab.pbx.control.mintedTokens).toBeGreaterThan(0);
});
afterAll(() => lab.close());

/** Everything that must never be seen, by name. */
function secrets(): Record<string, string> {
  const { apiClient } = lab.pbx.control;
  return {
    'the number in E.164': caller,
    'the national number': caller.slice(1),
    'the webhook token': lab.webhookToken,
    'the admin key': 'admin-key-of-the-test-lab',
    'the API secret of the PBX': apiClient.clientSecret,
    'the secret of the portal': lab.portal.control.webhook.secret,
    // How every JWT begins.
    'an access token of the PBX': 'eyJhbGciOi',
  };
}

function expectNothingIn(text: string, where: string): void {
  expect(text.length).toBeGreaterThan(100);
  const found = Object.entries(secrets()).filter(([, secret]) => text.includes(secret));
  expect({ where, found: found.map(([name]) => name) }).toEqual({ where, found: [] });
}

describe('no phone number and no secret is found', () => {
  it('in the histories, ids, memos and search attributes of the calls', async () => {
    const connection = await Connection.connect({ address: temporalAddress() });
    const client = new Client({ connection });
    const query = `TaskQueue = "lab-${lab.connection}"`;
    await eventually(async () => (await client.workflow.count(query)).count >= 4, 'all calls are listed');
    let histories = 0;
    for await (const { workflowId, runId, searchAttributes, memo } of client.workflow.list({ query })) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const raw = Buffer.from(JSON.stringify(decodedBytes(history))).toString();
      expect(raw).toContain('binary/encrypted');
      expectNothingIn(historyToJSON(history), `the history of ${workflowId.slice(0, 20)}`);
      expectNothingIn(raw, `the bytes of the history of ${workflowId.slice(0, 20)}`);
      expectNothingIn(
        JSON.stringify({ workflowId, searchAttributes, memo }).padEnd(101),
        'ids and attributes',
      );
      histories += 1;
    }
    await connection.close();
    expect(histories).toBeGreaterThanOrEqual(4);
  });

  it('in the logs, even at the finest level', () => {
    for (const one of lab.processes) expectNothingIn(one.output, `the log of the ${one.kind}`);
  });

  it('in the metrics', async () => {
    const answer = await fetch(`${lab.target.url}/metrics`);
    expectNothingIn(await answer.text(), 'the metrics');
  });

  it('in the documents of the database', async () => {
    const collections = await lab.database.db.listCollections().toArray();
    expect(collections.length).toBeGreaterThan(5);
    const documents = await Promise.all(
      collections.map(({ name }) => lab.database.db.collection(name).find().toArray()),
    );
    expectNothingIn(JSON.stringify(documents), 'the database');
  });

  it('in what the admin API shows of calls and connections', async () => {
    const base = `connections/${lab.connection}`;
    const answers = [await lab.admin('GET', `${base}/calls`), await lab.admin('GET', base)];
    for (const callId of callIds) answers.push(await lab.call(callId));
    expectNothingIn(JSON.stringify(answers), 'the admin API');
  });
});

/** A copy in which bytes are text, so that a number inside a plain payload would be seen. */
function decodedBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(decodedBytes);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, decodedBytes(one)]));
  return value;
}
