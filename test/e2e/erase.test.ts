import { randomInt } from 'node:crypto';
import path from 'node:path';
import { parseDataKeys } from '../../src/store';
import type { TemporalServer } from '../../src/embedded';
import { eventually } from '../support/eventually';
import {
  collectionsOf,
  filesBelow,
  findWords,
  historiesAt,
  sealedIn,
  spellings,
} from '../support/everything-stored';
import type { Searched } from '../support/everything-stored';
import { startOwnTemporal } from '../support/own-servers';
import type { TempDir } from '../support/temp-dir';
import { tempDir } from '../support/temp-dir';
import { Lab } from './lab';

jest.setTimeout(240_000);

const newNumber = (): string => `7916${String(randomInt(1_000_000, 9_999_999))}`;
/** The person to be erased, under a number of his own and one whose calls are not sent. */
const [person, excluded, other] = [newNumber(), newNumber(), newNumber()];
const national = person.slice(1);

let dir: TempDir;
let temporal: TemporalServer;
let lab: Lab;
beforeAll(async () => {
  dir = await tempDir();
  const dbFile = path.join(dir.path, 'temporal', 'temporal.db');
  temporal = await startOwnTemporal({ dir: dir.path, dbFile });
  lab = await Lab.open();
  lab.useTemporal(temporal.address);
  await lab.start('api');
  await lab.start('worker');
  // Most of these calls are told only: there is no recording to wait for.
  await lab.connect({ recordings: 'off' });
  await lab.admin('PATCH', `connections/${lab.connection}`, { rules: { excludedNumbers: [`+${excluded}`] } });
});
afterAll(async () => {
  await lab.close();
  await temporal.stop();
  await dir.remove();
});

const calls = 'WorkflowType = "call"';
const keys = () => parseDataKeys(lab.env().DATA_KEY!);
const histories = (query = calls): Promise<Searched[]> => historiesAt(temporal.address, query, keys());
const erase = (number: string) =>
  lab.admin<Record<string, number>>('POST', `connections/${lab.connection}/erase`, {
    phoneNumber: `+${number}`,
  });

/** Everything that both databases hold of whoever it is, sealed or not. */
async function everything(): Promise<Searched[]> {
  const { db } = lab.database;
  return [...(await collectionsOf(db)), ...(await sealedIn(db, keys())), ...(await histories())];
}

it('erasing a number leaves nothing of it to find, not even with the data key', async () => {
  // An answered call; one whose number is told late; one that a report without an id tells too; one that nobody took.
  const answered = await lab.pbx.control.play('inbound-answered', {
    to: lab.target,
    cast: { caller: person },
  });
  const callIds = [answered.calls[0]!.callId, 'late-number', 'missed'];
  const at = (seconds: number): string => new Date(Date.now() - 60_000 + seconds * 1_000).toISOString();
  await lab.send('call-ringing', { callId: 'late-number', extension: '101', startedAt: at(0) });
  await lab.callThat('late-number', ({ bitrix24CallId }) => bitrix24CallId !== null, 'it is registered');
  await lab.send('call-ended', {
    callId: 'late-number',
    callerNumber: `8 (916) ${national.slice(3, 6)}-${national.slice(6, 8)}-${national.slice(8)}`,
    extension: '101',
    duration: 20,
  });
  // The PBX names the person where an extension and a DID belong.
  await lab.send('call-ended', {
    callId: 'missed',
    callerNumber: `+${person}`,
    extension: national,
    did: person,
    status: 'missed',
  });
  await lab.send('call-report', {
    extension: '101',
    callerNumber: person,
    direction: 1,
    startedAt: at(2),
    endedAt: at(20),
    duration: 18,
  });
  await lab.send('call-ended', { callId: 'not-sent', callerNumber: excluded, extension: '101', duration: 5 });
  await lab.send('call-ended', { callId: 'stays', callerNumber: other, extension: '101', duration: 5 });
  await lab
    .send('call-ringing', { callId: 'x', callerNumber: person, extension: '%Ext%' })
    .catch(() => undefined);
  for (const callId of [...callIds, 'not-sent', 'stays']) await lab.settled(callId, 60_000);
  await eventually(
    async () => (await histories(`${calls} AND ExecutionStatus = "Running"`)).length === 0,
    'every call is over',
    60_000,
  );
  const before = await everything();
  // Found before, so that finding nothing afterwards means something.
  for (const number of [person, excluded, other])
    expect(
      findWords(before, spellings(number)).filter((hit) => hit.includes('history')).length,
    ).toBeGreaterThan(0);

  const erased = await erase(person);
  expect(erased).toMatchObject({ rejected: 1, openCalls: 0 });
  expect(erased.calls).toBeGreaterThanOrEqual(3);
  expect(erased.histories).toBeGreaterThanOrEqual(4);
  expect(await erase(excluded)).toMatchObject({ calls: 1, histories: 1 });

  const words = { ...spellings(person), 'the excluded number': excluded.slice(1) };
  const allowed = ['sealed in connections: the excluded number'];
  await eventually(
    async () => {
      expect(findWords(await histories(), words)).toEqual([]);
      return true;
    },
    'Temporal has deleted the histories',
    60_000,
  );
  const after = await everything();
  expect(findWords(after, words)).toEqual(allowed);
  expect(findWords(await filesBelow(path.join(dir.path, 'temporal')), words)).toEqual([]);
  // Who is not meant stays, and so does what keeps a repeat from doubling.
  expect(findWords(after, spellings(other)).length).toBeGreaterThan(0);
  for (const callId of callIds)
    expect(await lab.call(callId)).toMatchObject({ state: 'finished', caller: null });
  const rows = lab.portal.control.statistics.length;
  expect(
    (await lab.send('call-ended', { callId: 'missed', callerNumber: person, status: 'missed' })).status,
  ).toBe(202);
  expect(await erase(person)).toMatchObject({ calls: 0 });
  expect(lab.portal.control.statistics).toHaveLength(rows);
});
