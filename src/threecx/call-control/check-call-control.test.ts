import { eventually } from '../../../test/support/eventually';
import { ThreecxLab } from '../../../test/support/threecx-lab';
import type { DoctorCheck } from '../../domain/doctor-check';

describe("the doctor's look at Call Control", () => {
  let lab: ThreecxLab;
  beforeEach(async () => {
    lab = await ThreecxLab.start();
  });
  afterEach(() => lab.close());

  const look = async (callControl = true): Promise<DoctorCheck | undefined> =>
    (await lab.client.checks(lab.connection({ callControl }))).find(
      ({ name }) => name === 'threecx-call-control',
    );
  const map = (extension: string, value: { userId: number } | { kind: 'queue' }): Promise<unknown> =>
    lab.store.extensions.put('office', { key: extension, value, origin: 'manual' }, { id: 'test' });

  it('is well when every mapped extension is selected at the API client', async () => {
    await map('101', { userId: 1 });
    await map('899', { kind: 'queue' });
    expect(await look()).toMatchObject({ ok: true });
    await eventually(() => lab.pbx.control.phones.listenerCount === 0, 'the socket is closed again');
  });

  it('names mapped extensions that are not selected', async () => {
    await map('101', { userId: 1 });
    await map('102', { userId: 2 });
    lab.pbx.control.apiClient.monitored.splice(0, 99, '102');
    expect(await look()).toMatchObject({
      ok: false,
      detail: 'Mapped to users, but not selected: 101.',
      mend: expect.stringContaining('API client'),
    });
    lab.pbx.control.apiClient.monitored.splice(0);
    expect(await look()).toMatchObject({ ok: false, detail: 'The API client may see no extension.' });
  });

  it('says that the checkbox or the licence is missing', async () => {
    lab.pbx.control.set({ callControlLicensed: false });
    expect(await look()).toMatchObject({
      ok: false,
      detail: 'call-control-right-missing (HTTP 403)',
      mend: expect.stringContaining('Tick Call Control'),
    });
  });

  it('is left out where it is switched off', async () => {
    expect(await look(false)).toBeUndefined();
  });
});
