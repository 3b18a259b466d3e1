import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';

let lab: AdminLab;
beforeAll(async () => {
  lab = await openAdminLab();
});
afterAll(() => lab.close());
beforeEach(async () => {
  for (const { key } of await lab.store.lines.all('office'))
    await lab.store.lines.delete('office', key, { id: 'test' });
});

const base = '/connections/office/lines';
const put = (did: string, body: unknown, headers: Record<string, string> = {}) =>
  lab.ask('PUT', `${base}/${encodeURIComponent(did)}`, { body, headers });
const importCsv = (text: string) =>
  lab.ask('POST', `${base}/import`, { body: text, headers: { 'content-type': 'text/csv' } });

describe('one line', () => {
  it('is made, read in any spelling of its DID, changed and removed', async () => {
    const made = await put('+74951234567', {
      lineNumber: '74951234567',
      name: 'Moscow',
      crmCreate: 'always',
      fallbackUserId: 1,
    });
    expect([made.status, made.body]).toEqual([
      201,
      {
        did: '+74951234567',
        lineNumber: '74951234567',
        name: 'Moscow',
        crmCreate: 'always',
        fallbackUserId: 1,
        origin: 'manual',
        updatedAt: expect.any(String),
      },
    ]);
    const spellings = [
      '74951234567',
      '84951234567',
      '+7 (495) 123-45-67',
      '8 (495) 123-45-67',
      '4951234567',
      '+74951234567',
    ];
    for (const did of spellings) {
      const answer = await lab.ask('GET', `${base}/${encodeURIComponent(did)}`);
      expect([did, answer.status, answer.body.did]).toEqual([did, 200, '+74951234567']);
      expect(answer.headers.get('etag')).toBe(made.headers.get('etag'));
    }
    expect((await put('8 (495) 123-45-67', { lineNumber: '1' })).status).toBe(200);
    expect((await lab.ask('GET', base)).body.items).toHaveLength(1);
    expect((await lab.ask('DELETE', `${base}/84951234567`)).status).toBe(204);
    expect((await lab.ask('GET', `${base}/%2B74951234567`)).status).toBe(404);
  });

  it('changes only on the version that was read, in any spelling', async () => {
    const etag = (await put('+74951234567', { lineNumber: '1' })).headers.get('etag')!;
    expect((await put('84951234567', { lineNumber: '2' }, { 'if-match': etag })).status).toBe(200);
    expect((await put('74951234567', { lineNumber: '3' }, { 'if-match': etag })).status).toBe(412);
  });

  it.each(['abc', '+', '', ' ', '7495;drop', '%00', '..', '７４９５'])('is refused as %j', async (did) => {
    const path = `${base}/${encodeURIComponent(did)}`;
    expect([400, 404, 405]).toContain((await lab.ask('PUT', path, { body: { lineNumber: '1' } })).status);
    expect(await lab.store.lines.all('office')).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{}, 'lineNumber'],
    [{ lineNumber: '' }, 'lineNumber'],
    [{ lineNumber: 74951234567 }, 'lineNumber'],
    [{ lineNumber: { $gt: '' } }, 'lineNumber'],
    [{ lineNumber: '1', crmCreate: 'sometimes' }, 'crmCreate'],
    [{ lineNumber: '1', fallbackUserId: -1 }, 'fallbackUserId'],
    [{ lineNumber: '1', default: true }, 'default'],
  ])('refuses %j', async (body, field) => {
    const answer = await put('+74951234567', body);
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
  });
});

describe('files of lines', () => {
  it('come back as they went out', async () => {
    await put('+74951234567', {
      lineNumber: '74951234567',
      name: 'Moscow',
      crmCreate: 'never',
      fallbackUserId: 3,
    });
    await put('8 (812) 123-45-67', { lineNumber: '=1+1' });
    const { text } = await lab.ask('GET', `${base}/export`);
    expect(text).toBe(
      "did,lineNumber,name,crmCreate,fallbackUserId\r\n+74951234567,74951234567,Moscow,never,3\r\n8 (812) 123-45-67,'=1+1,,,\r\n",
    );
    expect((await importCsv(text)).body).toEqual({ created: 0, updated: 0, unchanged: 2, errors: [] });
  });

  it('update the row of a DID that is spelt differently', async () => {
    await put('+74951234567', { lineNumber: '1' });
    expect((await importCsv('did,lineNumber\n84951234567,2\n')).body).toMatchObject({
      updated: 1,
      created: 0,
    });
    expect((await lab.store.lines.all('office')).map(({ key, value }) => [key, value.lineNumber])).toEqual([
      ['+74951234567', '2'],
    ]);
  });

  it('name a DID that comes twice, and cells that do not fit', async () => {
    const answer = await importCsv(
      'did,lineNumber,crmCreate,fallbackUserId\n+74951234567,1,,\n8(495)1234567,2,,\nx,3,,\n+74951234568,,maybe,one\n',
    );
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ row, field }: { row: number; field: string }) => [row, field])).toEqual([
      [3, 'did'],
      [4, 'did'],
      [5, 'lineNumber'],
      [5, 'crmCreate'],
      [5, 'fallbackUserId'],
    ]);
    expect(await lab.store.lines.all('office')).toEqual([]);
  });
});
