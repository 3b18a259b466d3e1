import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PeerError } from '../../src/domain/peer-error';
import type { RegisterParameters } from '../../src/domain/call-steps';
import { wavFile } from '../support/wav';
import { patientClient } from './patient-client';
import { portalSettings } from './portal-settings';
import type { TempDir } from '../support/temp-dir';
import { tempDir } from '../support/temp-dir';
import type { PortalLab } from './portal-lab';
import { LabDatabase, parameters } from './portal-lab';
import type { RealPortal } from './real-portal';
import { realPortal } from './real-portal';

/**
 * What the bridge counts on in a portal, seen through its client alone. It runs against the stand-in in every disputed
 * setting, or against the one portal that the environment names (`test/contract/real-portal.ts`): there it writes a few
 * finished test calls of one user, opens no card, makes nothing in the CRM, and makes a line only where one is named.
 */
const real = realPortal();
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

/** A portal to be examined, and whom to name there. */
interface Examined extends Omit<RealPortal, 'bitrix24'> {
  name: string;
  open(): Promise<PortalLab>;
}

const standIns = portalSettings
  .filter(({ kind, authPolicy }) => kind === 'application' || authPolicy === 'both')
  .map(({ kind, ...switches }): Examined => ({
    name: `a stand-in with ${JSON.stringify({ kind, ...switches })}`,
    open: () => databases.lab(kind, { switches }),
    userId: 1269,
    dismissedUserId: 1272,
    phoneNumber: '79991234567',
    lineNumber: '74951234567',
  }));
const examined = (portal: RealPortal): Examined => ({
  ...portal,
  name: 'the portal that the environment names',
  open: () => databases.connect(portal.bitrix24, { rules: { fallbackUserId: portal.userId } }),
});

const failure = async (work: Promise<unknown>): Promise<PeerError> => {
  const error = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PeerError)) throw error;
  return error;
};

/** A portal of others is not hurried: the suite waits for its limits. */
if (real !== null) jest.setTimeout(300_000);

describe.each(real === null ? standIns : [examined(real)])('$name', (portal) => {
  let lab: PortalLab;
  beforeEach(async () => {
    const opened = await portal.open();
    lab = { ...opened, client: patientClient(opened.client) };
  });
  afterEach(() => lab.close());

  const call = (patch: Partial<RegisterParameters> = {}): RegisterParameters =>
    parameters(lab, {
      userId: portal.userId,
      phoneNumber: portal.phoneNumber,
      crmCreate: false,
      show: false,
      lineNumber: portal.lineNumber,
      externalCallId: `contract-suite/${randomUUID()}`,
      ...patch,
    });
  const register = async (patch: Partial<RegisterParameters> = {}): Promise<string> =>
    (await lab.client.register(lab.context(), call(patch))).bitrix24CallId;
  const finish = (
    bitrix24CallId: string,
    userId = portal.userId,
  ): ReturnType<PortalLab['client']['finish']> =>
    lab.client.finish(lab.context(), {
      bitrix24CallId,
      userId,
      durationSeconds: 2,
      statusCode: '200',
      addToChat: false,
    });
  /** A real audio file under a name of its own. */
  const recording = async (
    bitrix24CallId: string,
    name = `${createHash('sha256').update(bitrix24CallId).digest('hex').slice(0, 12)}-${randomBytes(4).toString('hex')}`,
  ): Promise<Parameters<PortalLab['client']['attachRecord']>[1]> => {
    const content = wavFile(Buffer.alloc(32_000));
    const file = path.join(folder.path, `${randomUUID()}.wav`);
    await writeFile(file, content);
    return { bitrix24CallId, file, bytes: content.length, fileName: `${name}.wav` };
  };

  it('takes a whole call: registered once, finished once, recorded, looked up', async () => {
    const { client } = lab;
    const parametersOfCall = call();
    const { externalCallId } = parametersOfCall;
    const { bitrix24CallId, leadCreationFailed } = await client.register(lab.context(), parametersOfCall);
    expect(leadCreationFailed).toBe(false);
    const again = await client.register(lab.context(), parametersOfCall);
    expect(again.bitrix24CallId).toBe(bitrix24CallId);
    expect(await client.hide(lab.context(), bitrix24CallId, [portal.userId])).toBe(true);
    expect(await client.findStatistics(lab.context(), { bitrix24CallId })).toBeNull();
    const upload = await recording(bitrix24CallId);
    expect(await failure(client.attachRecord(lab.context(), upload))).toMatchObject({
      reaction: 'not-yet',
      reason: 'call-not-finished',
    });

    const finished = await finish(bitrix24CallId);
    expect(finished.activityFailed).toBe(false);
    expect(await client.hide(lab.context(), bitrix24CallId, [portal.userId])).toBe(false);
    expect(await failure(finish(bitrix24CallId))).toMatchObject({
      reaction: 'gone',
      reason: 'call-not-found',
    });

    const { fileId } = await client.attachRecord(lab.context(), upload);
    const row = {
      id: finished.statisticsId,
      bitrix24CallId,
      externalCallId,
      userId: portal.userId,
      activityId: finished.activityId,
      recordFileId: fileId,
    };
    expect(await client.findStatistics(lab.context(), { bitrix24CallId })).toEqual(row);
    expect(await client.findStatistics(lab.context(), { externalCallId })).toEqual(row);
    // A repeat under a new name takes the place of the first.
    const second = await client.attachRecord(lab.context(), await recording(bitrix24CallId));
    expect(second.fileId).not.toBe(fileId);
    expect(await client.findStatistics(lab.context(), { bitrix24CallId })).toMatchObject({
      id: finished.statisticsId,
      recordFileId: second.fileId,
    });
  });

  it('keeps two calls of one client to one user apart by their outside ids', async () => {
    const [first, second] = [await register(), await register()];
    expect(second).not.toBe(first);
    await finish(first);
    await finish(second);
  });

  it('makes another call of a register that is repeated after finish', async () => {
    const parametersOfCall = call();
    const { bitrix24CallId } = await lab.client.register(lab.context(), parametersOfCall);
    await finish(bitrix24CallId);
    const again = await lab.client.register(lab.context(), parametersOfCall);
    expect(again.bitrix24CallId).not.toBe(bitrix24CallId);
    await finish(again.bitrix24CallId);
  });

  it('tells telephony errors apart by their text, and does nothing', async () => {
    const { client } = lab;
    const refusal = (patch: object): Promise<PeerError> =>
      failure(client.register(lab.context(), call(patch)));
    expect(await refusal({ userId: 0 })).toMatchObject({ reaction: 'refused', reason: 'user-missing' });
    expect(await refusal({ phoneNumber: '' })).toMatchObject({ reason: 'bad-phone-number' });
    expect(await refusal({ callStartDate: 'x' })).toMatchObject({ reason: 'bad-parameter' });
    expect(await failure(finish('externalCall.none'))).toMatchObject({
      reaction: 'gone',
      reason: 'call-not-found',
    });
    expect(await client.show(lab.context(), 'externalCall.none', [portal.userId])).toBe(false);
    expect(await client.hide(lab.context(), 'externalCall.none', [portal.userId])).toBe(false);
    expect(await client.findStatistics(lab.context(), { bitrix24CallId: 'externalCall.none' })).toBeNull();
  });

  const { dismissedUserId, lineNumber } = portal;
  (dismissedUserId === null ? it.skip : it)(
    'refuses calls of somebody who has left, and keeps them open',
    async () => {
      const inactive = { reaction: 'refused', reason: 'user-inactive' };
      const refused = lab.client.register(lab.context(), call({ userId: dismissedUserId! }));
      expect(await failure(refused)).toMatchObject(inactive);
      const bitrix24CallId = await register();
      expect(await failure(finish(bitrix24CallId, dismissedUserId!))).toMatchObject(inactive);
      await finish(bitrix24CallId);
    },
  );

  it('takes a recording’s name once, and says so in its own language', async () => {
    const bitrix24CallId = await register();
    await finish(bitrix24CallId);
    const name = `taken-${randomUUID()}`;
    await lab.client.attachRecord(lab.context(), await recording(bitrix24CallId, name));
    const second = lab.client.attachRecord(lab.context(), await recording(bitrix24CallId, name));
    // Whatever it says: what became of the upload is looked up.
    expect(await failure(second)).toMatchObject({ reaction: 'ambiguous', reason: 'unknown-refusal' });
  });

  (lineNumber === null ? it.skip : it)('names a line, and names it anew', async () => {
    const line = { number: lineNumber!, name: 'Contract suite', crmAutoCreate: false };
    await lab.client.nameLine(lab.context(), line);
    await lab.client.nameLine(lab.context(), { ...line, name: 'Contract suite 2' });
  });

  it('searches the CRM, and lists its users', async () => {
    expect(await lab.client.searchCrm(lab.context(), portal.phoneNumber)).toEqual([]);
    const users = await lab.client.users(lab.context());
    expect(users.filter((user) => user.userId === portal.userId)).toMatchObject([{ active: true }]);
    expect(users.map((user) => user.userId)).not.toContain(dismissedUserId);
  });

  it('passes the doctor', async () => {
    const ours = { eventHandler: 'https://bridge.example.com/webhooks/bitrix24/contract/events' };
    const checks = await lab.client.checks(lab.connection, ours);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
  });
});
