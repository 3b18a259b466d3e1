import { Client, Connection } from '@temporalio/client';
import type { DecodedPayloads, EncodedPayload } from '../support/codec-client';
import { decodeAt, encodedPayloadsIn } from '../support/codec-client';
import { BridgeProcess } from '../support/bridge-process';
import { newDataKey } from '../support/test-store';
import { parseDataKeys } from '../../src/store';
import { eventually } from '../support/eventually';
import { temporalAddress } from '../support/servers';
import { Lab, adminKey } from './lab';

jest.setTimeout(180_000);

const [keyA, keyB] = [newDataKey(), newDataKey()];
const [idA, idB] = [keyA, keyB].map((key) => parseDataKeys(key).writerId);
const env: Record<string, string> = { DATA_KEY: keyA };

let lab: Lab;
let temporal: Connection;
beforeAll(async () => {
  temporal = await Connection.connect({ address: temporalAddress() });
  lab = await Lab.open({ env });
});
afterAll(async () => {
  await lab.close();
  await temporal.close();
});

async function restartWith(...keys: string[]): Promise<void> {
  await Promise.all(lab.processes.splice(0).map((one) => one.stop()));
  env.DATA_KEY = keys.join(',');
  await lab.start('api');
  await lab.start('worker');
}

const payloadsOf = async (callId: string): Promise<EncodedPayload[]> => {
  const handle = new Client({ connection: temporal }).workflow.getHandle(`call/${lab.connection}/${callId}`);
  return encodedPayloadsIn(await handle.fetchHistory());
};
const decode = (payloads: EncodedPayload[]): Promise<DecodedPayloads> =>
  decodeAt(lab.target.url, adminKey, payloads);
const registered = (callId: string): Promise<unknown> =>
  lab.callThat(callId, ({ bitrix24CallId }) => bitrix24CallId !== null, 'the call is registered');

async function sealedKeyIds(): Promise<string[]> {
  const collections = await lab.database.db.collections();
  const text = JSON.stringify(await Promise.all(collections.map((one) => one.find().toArray())));
  return [...new Set([...text.matchAll(/"v1\.([0-9a-f]{8})\./g)].map(([, id]) => id!))];
}

const warnings = (process: BridgeProcess): Record<string, unknown>[] =>
  process.lines().filter(({ dataKey }) => dataKey === idA);

it('a data key is rotated under open calls: nothing stops, nothing is lost, and what remains is said', async () => {
  await lab.start('api');
  await lab.start('worker');
  await lab.connect();
  const [first, second] = [await lab.placeCall(), await lab.placeCall({ caller: '79160000002' })];
  for (const { callId, answered } of [first, second]) {
    expect((await lab.send('call-answered', answered)).status).toBe(202);
    await registered(callId);
  }
  expect(await sealedKeyIds()).toEqual([idA]);

  // The new key in front: the open call goes on, with the secrets of both peers as they were.
  await restartWith(keyB, keyA);
  await lab.send('call-ended', first.ended);
  expect((await lab.settled(first.callId)).recording.state).toBe('attached');
  await eventually(async () => (await sealedKeyIds()).join() === idB, 'what is stored is sealed anew');
  const payloads = await payloadsOf(first.callId);
  expect(new Set(payloads.map(({ keyId }) => keyId))).toEqual(new Set([idA, idB]));
  const { texts } = await decode(payloads);
  expect(texts.filter((text) => text.includes('badPayload'))).toEqual([]);
  expect(texts.some((text) => text.includes(String(first.answered.callerNumber).slice(1)))).toBe(true);

  // Taking the older key away while a call needs it is refused, by name.
  const refused = BridgeProcess.spawn({ kind: 'worker', env: { ...lab.env(), DATA_KEY: keyB } });
  expect(await refused.ended()).toBe(1);
  expect(refused.output).toContain(`1 open calls hold events under the data key ${idA}`);
  expect(refused.output).toContain(second.callId);

  await lab.send('call-ended', second.ended);
  for (const { callId, recordingId } of [second, first]) await lab.expectWholeOnce(callId, recordingId);
  await eventually(
    async () =>
      (
        await new Client({ connection: temporal }).workflow.count(
          `TaskQueue = "lab-${lab.connection}" AND WorkflowType = "call" AND ExecutionStatus = "Running"`,
        )
      ).count === 0,
    'no call is open',
  );

  // Without the older key everything stored works, and the start says what does not.
  await restartWith(keyB);
  for (const one of lab.processes)
    await eventually(() => warnings(one).some(({ msg }) => String(msg).includes('histories')), 'it is said');
  const third = await lab.placeCall({ caller: '79160000003' });
  await lab.send('call-answered', third.answered);
  await lab.send('call-ended', third.ended);
  await lab.expectWholeOnce(third.callId, third.recordingId);
  const before = await decode(payloads);
  const lost = before.texts.filter((text) => text.includes('not-readable')).length;
  expect(lost).toBe(payloads.filter(({ keyId }) => keyId === idA).length);
  expect(lost).toBeLessThan(payloads.length);
});
