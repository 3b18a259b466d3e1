import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { CallEvent } from '../../src/domain/call-event';
import type { CallView } from '../../src/domain/call-view';
import { parseDataKeys } from '../../src/store';
import { readWebhook } from '../../src/threecx/webhook-event';
import { dataConverterWith } from '../../src/worker/data-converter';
import { EncryptingPayloadCodec } from '../../src/worker/payload-codec';
import { callSearchAttributes } from '../../src/workflows/search-attributes';
import { eventually } from '../support/eventually';
import { quietEnvironment, RecordingWorld } from '../support/recording-world';
import { newDataKey } from '../support/test-store';
import { wavFile } from '../support/wav';
import type { Lab } from '../workflows/harness';
import { answered, ended, event, FakeWorld, openLab } from '../workflows/harness';
import type { otherEdges, PayloadMaker } from './cases/temporal-edge';
import { forgedPayloads, longFacts, oddArguments } from './cases/temporal-edge';

jest.setTimeout(300_000);

const codec = new EncryptingPayloadCodec(parseDataKeys(newDataKey()));
const stranger = new EncryptingPayloadCodec(parseDataKeys(newDataKey()));
let world: FakeWorld;
let lab: Lab;
beforeAll(async () => {
  world = new FakeWorld();
  lab = await openLab(world, { dataConverter: dataConverterWith(codec) });
});
beforeEach(() => {
  world.replace = {};
});
afterAll(() => lab.close());

/** Fails when a title is not among those that the catalogue counts. */
const edge = (title: (typeof otherEdges)[number]): string => title;

async function sealed(told: CallEvent, workflowId: string, by = codec): Promise<Payload> {
  const payload = {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify(told)),
  };
  return (await by.encode([payload], { type: 'workflow', namespace: 'default', workflowId }))[0]!;
}

/** Whoever reaches Temporal's port can send any bytes to any workflow. */
async function sendBytes(
  { workflowId }: WorkflowHandle,
  signalName: string,
  payloads: Payload[],
): Promise<void> {
  await lab.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName,
    input: { payloads },
    requestId: randomUUID(),
  });
}

/** A call that somebody answered. */
async function openCall(): Promise<{ callId: string; handle: WorkflowHandle }> {
  const callId = randomUUID();
  return { callId, handle: await lab.send(callId, answered('201')) };
}

/** Ends the call, and sees that it was written once, for the one who talked. */
async function endsWell(callId: string, handle: WorkflowHandle): Promise<CallView> {
  await lab.send(callId, ended('201'));
  const view = (await handle.result()) as CallView;
  expect(view).toMatchObject({ state: 'finished', durationSeconds: 60, userId: 1201 });
  expect(world.registered.filter((input) => input.callId === callId)).toHaveLength(1);
  expect(world.finished.filter((input) => input.callId === callId)).toHaveLength(1);
  return view;
}

it.each(forgedPayloads())('%s is recorded, not used, and holds nothing up', async (_name, forge) => {
  const { callId, handle } = await openCall();
  const make: PayloadMaker = {
    honest: (told) => sealed(told, handle.workflowId),
    strange: (told) => sealed(told, handle.workflowId, stranger),
    elsewhere: (told) => sealed(told, `${handle.workflowId}-other`),
  };
  await sendBytes(handle, 'callEvent', [await forge(make, ended('203'))]);
  await eventually(async () => (await lab.view(callId)).marks.includes('bad-payload'), 'it is recorded');
  expect((await lab.view(callId)).state).toBe('open');
  await endsWell(callId, handle);
});

it.each(oddArguments)('%s is recorded and holds nothing up', async (_name, sent) => {
  const { callId, handle } = await openCall();
  await handle.signal('callEvent', ...sent);
  await eventually(async () => (await lab.view(callId)).marks.includes('bad-payload'), 'it is recorded');
  await endsWell(callId, handle);
});

it.each(longFacts)('%s holds nothing up', async (_name, facts) => {
  const { callId, handle } = await openCall();
  await lab.send(callId, event('call-ringing', facts));
  await eventually(async () => (await lab.view(callId)).events.length === 2, 'it is told');
  expect((await lab.view(callId)).marks).not.toContain('bad-payload');
  await endsWell(callId, handle);
  const { typedSearchAttributes } = await handle.describe();
  expect(typedSearchAttributes.get(callSearchAttributes.extension)).toBe('201');
});

it(edge('B80 a payload above 2 MB is refused to its sender, and the call goes on'), async () => {
  const { callId, handle } = await openCall();
  await expect(
    handle.signal('callEvent', event('call-ringing', { did: '7'.repeat(3_000_000) })),
  ).rejects.toThrow();
  await endsWell(callId, handle);
});

it(edge('B80 the longest webhook is far below every limit of Temporal'), async () => {
  const longest = '1'.repeat(256);
  const at = '2026-11-24T09:00:00.123456789+03:00';
  const read = readWebhook({
    connection: { id: 'c'.repeat(32), timeZone: 'Europe/Moscow', country: 'RU' },
    event: 'call-transferred',
    fields: {
      ...{ callId: 'x'.repeat(128), extension: '1'.repeat(16), toExtension: '2'.repeat(16) },
      ...{ callerNumber: '*'.repeat(256), did: longest, deliveryId: longest, recordingId: 'r'.repeat(128) },
      ...{ startedAt: at, answeredAt: at, endedAt: at, at, duration: '719:59:59', status: 'answered' },
    },
    deliveryId: null,
    receivedAt: new Date(),
    hash: (text) => text.padEnd(64, '0').slice(0, 64),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  const payload = await sealed(read.event, read.ref.workflowId);
  expect(payload.data!.length).toBeLessThan(4_096);
  expect(read.ref.workflowId.length).toBeLessThan(200);
});

it(edge('B80 no byte of a recording enters a payload'), async () => {
  const recordings = new RecordingWorld(await mkdtemp(path.join(os.tmpdir(), 'edge-')));
  recordings.has('7');
  recordings.files['7'] = wavFile(randomBytes(5_000_000));
  const env = quietEnvironment();
  const payloads: string[] = [];
  env.on('heartbeat', (details) => payloads.push(JSON.stringify(details)));
  payloads.push(JSON.stringify(await recordings.run({}, env)));
  await rm(recordings.tmpDir, { recursive: true });
  expect(recordings.uploads[0]?.bytes).toBeGreaterThan(5_000_000);
  for (const payload of payloads) expect(payload.length).toBeLessThan(1_024);
});

it(edge('B82 a signal and a query of unknown name change nothing'), async () => {
  const { callId, handle } = await openCall();
  await handle.signal('callExploded', { reason: 'none' });
  await handle.signal('retryCall', 'with', 'arguments');
  await handle.signal('__proto__', {});
  await expect(handle.query('callSecrets')).rejects.toThrow(/callSecrets/);
  expect((await endsWell(callId, handle)).marks).toEqual([]);
});

it(edge('B83 10,000 signals to one run'), async () => {
  const { callId, handle } = await openCall();
  const started = performance.now();
  const minuteMs = 60_000;
  let sent = 0;
  for (; sent < 9_900 && performance.now() - started < minuteMs; sent += 100)
    await Promise.all(
      Array.from({ length: 100 }, () =>
        handle.signal('callEvent', event('call-ringing', { extension: '202' })),
      ),
    );
  process.stderr.write(
    `B83: ${sent} signals to one run in ${Math.round((performance.now() - started) / 1000)} s\n`,
  );
  expect(sent).toBeGreaterThan(500);
  await eventually(
    async () => (await lab.view(callId)).marks.includes('too-many-events'),
    'it says so',
    // A worker that is slow replays the whole history several times before it is in time with it.
    150_000,
  );
  const view = await endsWell(callId, handle);
  expect(view.events.length).toBeLessThanOrEqual(501);
});

it(edge('B84 a CALL_ID of 3 kB is left out of the search'), async () => {
  world.replace.registerCall = async (input) => ({
    bitrix24CallId: `externalCall.${'x'.repeat(3_000)}`,
    userId: input.parameters.userId,
    marks: [],
    alreadyFinished: false,
    saved: true,
  });
  const { callId, handle } = await openCall();
  const { bitrix24CallId } = await endsWell(callId, handle);
  expect(bitrix24CallId).toHaveLength(3_013);
  const { typedSearchAttributes } = await handle.describe();
  expect(typedSearchAttributes.get(callSearchAttributes.bitrix24CallId)).toBeUndefined();
});

it(edge('B84 an attribute of the wrong type is refused to whoever starts a call with it'), async () => {
  const extension = defineSearchAttributeKey('Extension', SearchAttributeType.INT);
  const workflowId = `call/edge/${randomUUID()}`;
  const starting = lab.client.workflow.start('call', {
    workflowId,
    taskQueue: 'nobody-listens',
    args: [{}],
    typedSearchAttributes: new TypedSearchAttributes([{ key: extension, value: 201 }]),
  });
  const started: unknown = await starting.catch((error: unknown) => error);
  if (started instanceof Error)
    await expect(lab.client.workflow.getHandle(workflowId).describe()).rejects.toThrow(WorkflowNotFoundError);
  else await lab.client.workflow.getHandle(workflowId).terminate();
});
