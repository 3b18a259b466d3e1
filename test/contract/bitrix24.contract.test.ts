import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { PeerError } from '../../src/domain/peer-error';
import { eventually } from '../support/eventually';
import type { AuthKind, Lab } from './portal-lab';
import { LabDatabase, parameters } from './portal-lab';

const databases = new LabDatabase();
let folder: string;
beforeAll(async () => {
  await databases.open();
  folder = await mkdtemp(path.join(os.tmpdir(), 'recordings-'));
});
afterAll(async () => {
  await databases.close();
  await rm(folder, { recursive: true });
});

let lab: Lab;
afterEach(() => lab.close());

const failure = async (work: Promise<unknown>): Promise<PeerError> => {
  const error = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PeerError)) throw error;
  return error;
};

const finishOf = (bitrix24CallId: string, patch = {}): Parameters<Lab['client']['finish']>[1] => ({
  bitrix24CallId,
  userId: 1269,
  durationSeconds: 42,
  statusCode: '200',
  addToChat: true,
  ...patch,
});

async function wavFile(bytes = 200_000): Promise<{ file: string; content: Buffer }> {
  const content = Buffer.concat([Buffer.from('RIFF0000WAVE'), randomBytes(bytes)]);
  const file = path.join(folder, `${randomBytes(6).toString('hex')}.wav`);
  await writeFile(file, content);
  return { file, content };
}

const settings = (['webhook', 'application'] as AuthKind[]).flatMap((kind) =>
  (['both', 'appOnly'] as const).flatMap((authPolicy) =>
    (['empty', 'ERROR_CORE'] as const).flatMap((errorCodeStyle) =>
      (['standard', 'enterprise'] as const).map((plan) => ({ kind, authPolicy, errorCodeStyle, plan })),
    ),
  ),
);

describe.each(settings)('a portal with %j', ({ kind, ...switches }) => {
  beforeEach(async () => {
    lab = await databases.lab(kind, { switches });
  });

  if (kind === 'webhook' && switches.authPolicy === 'appOnly') {
    it('refuses webhooks, which is told once and then not asked again', async () => {
      for (let call = 0; call < 5; call++)
        expect(await failure(lab.client.register(lab.context(), parameters(lab)))).toMatchObject({
          reaction: 'authorisation',
          reason: 'wrong-auth-type',
        });
      expect(lab.sim.control.requestCount()).toBe(1);
      // Other methods go on.
      expect(await lab.client.hide(lab.context(), 'externalCall.x', [1])).toBe(false);
    });
    return;
  }

  it('takes a whole call: registered, shown, finished, recorded, looked up', async () => {
    const { client, sim } = lab;
    const { control } = sim;
    control.addContact({ phones: ['79991234567'] });
    const { bitrix24CallId, leadCreationFailed } = await client.register(lab.context(), parameters(lab));
    expect(leadCreationFailed).toBe(false);
    expect(control.openCalls).toMatchObject([
      { callId: bitrix24CallId, userId: 1269, type: 2, lineNumber: '74951234567', number: '79991234567' },
    ]);
    expect(control.requests('telephony.externalcall.register')[0]?.params).toMatchObject({
      CRM_CREATE: 1,
      SHOW: 1,
      USER_ID: 1269,
    });
    expect((await client.register(lab.context(), parameters(lab))).bitrix24CallId).toBe(bitrix24CallId);
    expect(await client.show(lab.context(), bitrix24CallId, [1270])).toBe(true);
    expect(await client.hide(lab.context(), bitrix24CallId, [1270])).toBe(true);
    expect(await client.findStatistics(lab.context(), { bitrix24CallId })).toBeNull();

    const { file, content } = await wavFile();
    const upload = { bitrix24CallId, file, bytes: content.length, fileName: 'call-1.wav' };
    expect(await failure(client.attachRecord(lab.context(), upload))).toMatchObject({
      reaction: 'not-yet',
      reason: 'call-not-finished',
    });
    const finished = await client.finish(lab.context(), finishOf(bitrix24CallId));
    expect(finished).toMatchObject({ activityMissing: false, activityFailed: false });
    expect(control.statistics[0]).toMatchObject({
      durationSeconds: 42,
      statusCode: '200',
      addedToChat: true,
    });
    const { fileId } = await client.attachRecord(lab.context(), upload);
    expect(await control.sha256(fileId)).toBe(createHash('sha256').update(content).digest('hex'));
    expect(
      await client.findStatistics(lab.context(), { externalCallId: `${lab.connection.id}/call-1` }),
    ).toEqual({
      id: finished.statisticsId,
      bitrix24CallId,
      externalCallId: `${lab.connection.id}/call-1`,
      userId: 1269,
      activityId: finished.activityId,
      recordFileId: fileId,
    });
    expect(await client.hide(lab.context(), bitrix24CallId, [1269])).toBe(false);
  });

  it('sends the start in whole seconds with a zone, whatever was told', async () => {
    const { client, sim } = lab;
    for (const callStartDate of ['2026-11-24T09:00:00.123Z', '2026-11-24T09:00:00.5+03:00'])
      await client.register(lab.context(), parameters(lab, { callStartDate }));
    expect(
      sim.control.requests('telephony.externalCall.register').map(({ params }) => params.CALL_START_DATE),
    ).toEqual(['2026-11-24T09:00:00Z', '2026-11-24T09:00:00+03:00']);
  });

  it('tells telephony errors apart by their text', async () => {
    const { client } = lab;
    const register = (patch: object): Promise<PeerError> =>
      failure(client.register(lab.context(), parameters(lab, patch)));
    expect(await register({ userId: 0 })).toMatchObject({ reaction: 'refused', reason: 'user-missing' });
    expect(await register({ userId: 1272 })).toMatchObject({ reaction: 'refused', reason: 'user-inactive' });
    expect(await register({ phoneNumber: '' })).toMatchObject({ reason: 'bad-phone-number' });
    expect(await register({ callStartDate: 'x' })).toMatchObject({ reason: 'bad-parameter' });
    expect(await failure(client.finish(lab.context(), finishOf('externalCall.none')))).toMatchObject({
      reaction: 'gone',
      reason: 'call-not-found',
    });
    // Business refusals say nothing against the connection.
    await eventually(
      async () => (await lab.store.health.get(lab.connection.id)).bitrix24?.ok === true,
      'the connection is healthy',
    );
  });

  it('looks first after a text in the portal’s language, e.g. a file name that is taken', async () => {
    const { bitrix24CallId } = await lab.client.register(lab.context(), parameters(lab));
    await lab.client.finish(lab.context(), finishOf(bitrix24CallId));
    const { file, content } = await wavFile(100);
    const upload = { bitrix24CallId, file, bytes: content.length, fileName: 'same.wav' };
    await lab.client.attachRecord(lab.context(), upload);
    expect(await failure(lab.client.attachRecord(lab.context(), upload))).toMatchObject({
      reaction: 'ambiguous',
      reason: 'unknown-refusal',
    });
  });

  it('names lines, searches the CRM, and lists its users', async () => {
    const line = { number: '74951234567', name: 'Moscow', crmAutoCreate: false };
    await lab.client.nameLine(lab.context(), line);
    await lab.client.nameLine(lab.context(), { ...line, name: 'Moscow 2' });
    expect(lab.sim.control.lines).toMatchObject([
      { number: '74951234567', name: 'Moscow 2', crmAutoCreate: 'N' },
    ]);
    const contact = lab.sim.control.addContact({ phones: ['79991234567'], name: 'Olga' });
    expect(await lab.client.searchCrm(lab.context(), '79991234567')).toMatchObject([
      { entityType: 'CONTACT', entityId: contact.id, responsibleUserId: 1 },
    ]);
    const users = await lab.client.users(lab.context());
    expect(users).toContainEqual({ userId: 1269, name: 'Anna Agent', active: true, extension: '101' });
    expect(users).toContainEqual({ userId: 1, name: 'Ada Admin', active: true, extension: null });
    expect(users.map((user) => user.userId)).not.toContain(1272);
  });
});
