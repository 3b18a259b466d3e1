import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from '../support/eventually';
import type { TempDir } from '../support/temp-dir';
import { tempDir } from '../support/temp-dir';
import type { Lab } from './portal-lab';
import { LabDatabase, parameters } from './portal-lab';
import { portalSettings } from './portal-settings';

/** What arrives in the portal of what the client is told to do, in every disputed setting. */
const databases = new LabDatabase();
let folder: TempDir;
beforeAll(async () => {
  await databases.open();
  folder = await tempDir();
});
afterAll(async () => {
  await databases.close();
  await folder.remove();
});

let lab: Lab;
afterEach(() => lab.close());

describe.each(portalSettings)('a portal with %j', ({ kind, ...switches }) => {
  beforeEach(async () => {
    lab = await databases.lab(kind, { switches });
  });

  if (kind === 'webhook' && switches.authPolicy === 'appOnly') {
    it('refuses webhooks, which is told once and then not asked again', async () => {
      for (let call = 0; call < 5; call++)
        await expect(lab.client.register(lab.context(), parameters(lab))).rejects.toMatchObject({
          reaction: 'authorisation',
          reason: 'wrong-auth-type',
        });
      expect(lab.sim.control.requestCount()).toBe(1);
      // Other methods go on.
      expect(await lab.client.hide(lab.context(), 'externalCall.x', [1])).toBe(false);
    });
    return;
  }

  it('gets every field of a call, and its recording byte for byte', async () => {
    const { client, sim } = lab;
    const { control } = sim;
    control.addContact({ phones: ['79991234567'] });
    const { bitrix24CallId } = await client.register(lab.context(), parameters(lab));
    expect(control.openCalls).toMatchObject([
      { callId: bitrix24CallId, userId: 1269, type: 2, lineNumber: '74951234567', number: '79991234567' },
    ]);
    expect(control.requests('telephony.externalcall.register')[0]?.params).toMatchObject({
      CRM_CREATE: 1,
      SHOW: 1,
      USER_ID: 1269,
    });
    expect(await client.show(lab.context(), bitrix24CallId, [1270])).toBe(true);
    expect(await client.hide(lab.context(), bitrix24CallId, [1270])).toBe(true);
    const talk = { userId: 1269, durationSeconds: 42, statusCode: '200', addToChat: true };
    const finished = await client.finish(lab.context(), { bitrix24CallId, ...talk });
    expect(finished).toMatchObject({ activityMissing: false, activityFailed: false });
    expect(control.statistics).toMatchObject([{ durationSeconds: 42, statusCode: '200', addedToChat: true }]);
    const content = Buffer.concat([Buffer.from('RIFF0000WAVE'), randomBytes(200_000)]);
    const file = path.join(folder.path, `${randomBytes(6).toString('hex')}.wav`);
    await writeFile(file, content);
    const upload = { bitrix24CallId, file, bytes: content.length, fileName: 'call-1.wav' };
    const { fileId } = await client.attachRecord(lab.context(), upload);
    expect(await control.sha256(fileId)).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('gets the start in whole seconds with a zone, whatever was told', async () => {
    for (const callStartDate of ['2026-11-24T09:00:00.123Z', '2026-11-24T09:00:00.5+03:00'])
      await lab.client.register(lab.context(), parameters(lab, { callStartDate }));
    const sent = lab.sim.control.requests('telephony.externalCall.register');
    expect(sent.map(({ params }) => params.CALL_START_DATE)).toEqual([
      '2026-11-24T09:00:00Z',
      '2026-11-24T09:00:00+03:00',
    ]);
  });

  it('says nothing against the connection by refusing one request', async () => {
    const refused = lab.client.register(lab.context(), parameters(lab, { userId: 0 }));
    await expect(refused).rejects.toMatchObject({ reaction: 'refused' });
    await eventually(
      async () => (await lab.store.health.get(lab.connection.id)).bitrix24?.ok === true,
      'the connection is healthy',
    );
  });

  it('gets lines under their names, and answers whom a number belongs to and who works there', async () => {
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
