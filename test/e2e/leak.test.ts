import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { TemporalServer } from '../../src/embedded';
import { bytesAsText } from '../support/bytes-as-text';
import { collectionsOf, filesBelow, findWords, spellings } from '../support/everything-stored';
import type { Searched } from '../support/everything-stored';
import { eventually } from '../support/eventually';
import { startOwnTemporal } from '../support/own-servers';
import { adminKey, Lab } from './lab';

jest.setTimeout(120_000);

/** Nobody else's: the files of the test run's database hold what other tests wrote. */
const caller = `7916${String(randomInt(1_000_000, 9_999_999))}`;

let lab: Lab;
let dir: string;
let temporal: TemporalServer;
let callIds: string[];
/** Bodies of every refusal that was provoked. */
const refusals: Searched[] = [];

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-leak-'));
  temporal = await startOwnTemporal({ dir, dbFile: path.join(dir, 'temporal', 'temporal.db') });
  lab = await Lab.open({ env: { LOG_LEVEL: 'trace' } });
  lab.useTemporal(temporal.address);
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
  await provokeRefusals();
});
afterAll(async () => {
  await lab.close();
  await temporal.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Sends number and secrets in every place from which an answer might repeat them. */
async function provokeRefusals(): Promise<void> {
  const { url, connection } = lab.target;
  const hook = `/webhooks/3cx/${connection}`;
  const good = { authorization: `Bearer ${lab.webhookToken}`, 'content-type': 'application/json' };
  const admin = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const secret = lab.portal.control.webhook.secret;
  const requests: [string, string, Record<string, string>, string?][] = [
    [
      'POST',
      `${hook}/call-ended`,
      good,
      `{"callId":"${caller} x","callerNumber":"${caller}","duration":"${caller}:"}`,
    ],
    [
      'POST',
      `${hook}/call-ended`,
      good,
      `{"callId":"a","direction":"${caller}","status":"${caller}","at":"${caller}"}`,
    ],
    ['POST', `${hook}/call-ended`, good, `{"callId":"${caller}`],
    ['POST', `${hook}/call-ended`, { ...good, 'content-type': `text/${caller}` }, caller],
    ['POST', `${hook}/call-ended`, good, JSON.stringify({ callId: 'a', note: `${caller} `.repeat(10_000) })],
    ['POST', `${hook}/${caller}`, good, '{}'],
    ['PUT', `${hook}/call-ended?number=${caller}`, good, '{}'],
    ['POST', `/webhooks/3cx/${caller}/call-ended`, good, '{}'],
    ['POST', `${hook}/call-ended`, { ...good, authorization: `Bearer ${caller}` }, '{}'],
    ['GET', `${hook}/call-ended?token=${secret}&callerNumber=${caller}`, {}],
    ['GET', `/${caller}?token=${lab.webhookToken}`, {}],
    ['GET', `/api/v1/connections/${connection}/calls/${caller}`, admin],
    ['GET', `/api/v1/connections/${connection}/calls?from=${caller}&limit=${caller}&cursor=${caller}`, admin],
    [
      'POST',
      `/api/v1/connections/${connection}/calls/search`,
      admin,
      `{"phoneNumber":"x${caller}${caller}${caller}"}`,
    ],
    ['POST', `/api/v1/connections/${connection}/erase`, admin, `{"phoneNumber":["${caller}"]}`],
    [
      'PUT',
      `/api/v1/connections/${connection}`,
      admin,
      `{"threecx":{"baseUrl":"http://u:${secret}@x/${caller}"}}`,
    ],
    [
      'PATCH',
      `/api/v1/connections/${connection}`,
      admin,
      `{"name":{"x":"${secret}"},"rules":{"anonymousNumber":"+${caller}x"}}`,
    ],
    [
      'POST',
      `/api/v1/connections/${connection}/extensions/import`,
      { ...admin, 'content-type': 'text/csv' },
      `extension,userId\n${caller}${caller},x\n`,
    ],
    ['GET', '/api/v1/keys', { authorization: `Bearer ${secret}` }],
    ['POST', '/codec/decode', { ...good, origin: `https://${caller}.example` }, `{"payloads":["${caller}"]}`],
    [
      'POST',
      '/codec/login',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `key=${secret}${caller}`,
    ],
  ];
  for (const [method, where, headers, body] of requests) {
    const answer = await fetch(`${url}${where}`, { method, headers, body, redirect: 'manual' });
    expect([method, where, answer.status]).toEqual([method, where, expect.any(Number)]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const text = `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
    // The address of the request is its sender's own.
    refusals.push({ where: `${method} ${where.replaceAll(caller, 'N')}`, text: text.replaceAll(where, '') });
  }
}

/** Everything that must never be seen, by name. */
function secrets(): Record<string, string> {
  const { apiClient } = lab.pbx.control;
  return {
    ...spellings(caller),
    'the webhook token': lab.webhookToken,
    'the admin key': adminKey,
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
    const connection = await Connection.connect({ address: temporal.address });
    const client = new Client({ connection });
    const query = `TaskQueue = "lab-${lab.connection}"`;
    await eventually(async () => (await client.workflow.count(query)).count >= 4, 'all calls are listed');
    let histories = 0;
    for await (const { workflowId, runId, searchAttributes, memo } of client.workflow.list({ query })) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const raw = Buffer.from(JSON.stringify(bytesAsText(history))).toString();
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
    const collections = await collectionsOf(lab.database.db);
    expect(collections.length).toBeGreaterThan(5);
    expect(findWords(collections, secrets())).toEqual([]);
  });

  it('in the files of the database, journal included', async () => {
    const admin = lab.database.client.db('admin');
    // What is in memory only is brought to the files.
    await admin.command({ fsync: 1 });
    const { parsed } = (await admin.command({ getCmdLineOpts: 1 })) as {
      parsed: { storage: { dbPath: string } };
    };
    const files = await filesBelow(parsed.storage.dbPath);
    expect(files.filter(({ where }) => where.endsWith('.wt')).length).toBeGreaterThan(5);
    // This connection's name is there, so the files are the right ones.
    expect(findWords(files, { connection: lab.connection }).length).toBeGreaterThan(0);
    const { 'the admin key': _everyLabs, 'an access token of the PBX': _others, ...own } = secrets();
    expect(findWords(files, own)).toEqual([]);
  });

  it('in the files of Temporal, write-ahead log included', async () => {
    const files = await filesBelow(path.join(dir, 'temporal'));
    expect(files.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['temporal.db', 'temporal.db-wal']),
    );
    expect(findWords(files, { connection: lab.connection }).length).toBeGreaterThan(0);
    expect(findWords(files, secrets())).toEqual([]);
  });

  it('in the folder of the bridge: no recording, no log, nothing in transit', async () => {
    expect(findWords(await filesBelow(lab.dataDir), secrets())).toEqual([]);
  });

  it('in the body or the headers of any refusal', () => {
    expect(refusals.length).toBeGreaterThan(15);
    expect(findWords(refusals, secrets())).toEqual([]);
  });

  it('in what the admin API shows of calls and connections', async () => {
    const base = `connections/${lab.connection}`;
    const answers = [await lab.admin('GET', `${base}/calls`), await lab.admin('GET', base)];
    for (const callId of callIds) answers.push(await lab.call(callId));
    expectNothingIn(JSON.stringify(answers), 'the admin API');
  });
});
