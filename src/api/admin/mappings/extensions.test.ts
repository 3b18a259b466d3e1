import { encode } from 'iconv-lite';
import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { connectionOf } from '../../../../test/support/api-lab';

let lab: AdminLab;
beforeAll(async () => {
  lab = await openAdminLab();
});
afterAll(() => lab.close());
beforeEach(async () => {
  for (const { key } of await lab.store.extensions.all('office'))
    await lab.store.extensions.delete('office', key, { id: 'test' });
});

const base = '/connections/office/extensions';
const put = (extension: string, body: unknown, headers: Record<string, string> = {}) =>
  lab.ask('PUT', `${base}/${extension}`, { body, headers });
const importCsv = (text: string | Buffer, query = '', type = 'text/csv') =>
  lab.ask('POST', `${base}/import${query}`, { body: text, headers: { 'content-type': type } });
const mapped = async () => (await lab.store.extensions.all('office')).map(({ key, value }) => [key, value]);

describe('one extension', () => {
  it('is made, changed, read and removed', async () => {
    const made = await put('101', { userId: 1269, name: 'Анна' });
    expect([made.status, made.body]).toEqual([
      201,
      { extension: '101', userId: 1269, name: 'Анна', origin: 'manual', updatedAt: expect.any(String) },
    ]);
    expect((await put('101', { userId: 1269, name: 'Анна' })).headers.get('etag')).toBe(
      made.headers.get('etag'),
    );
    expect((await put('101', { kind: 'queue' })).status).toBe(200);
    expect((await lab.ask('GET', `${base}/101`)).body).toMatchObject({ extension: '101', kind: 'queue' });
    expect((await lab.ask('DELETE', `${base}/101`)).status).toBe(204);
    expect((await lab.ask('DELETE', `${base}/101`)).status).toBe(404);
    expect((await lab.ask('GET', `${base}/101`)).status).toBe(404);
  });

  it('may have stars and hashes in its number', async () => {
    expect((await put('*77%23', { userId: 1 })).body.extension).toBe('*77#');
  });

  it('changes only on the version that was read', async () => {
    const etag = (await put('101', { userId: 1 })).headers.get('etag')!;
    expect((await put('101', { userId: 2 }, { 'if-match': etag })).status).toBe(200);
    expect((await put('101', { userId: 3 }, { 'if-match': etag })).status).toBe(412);
    expect((await put('102', { userId: 3 }, { 'if-match': '*' })).status).toBe(412);
    expect((await lab.ask('DELETE', `${base}/101`, { headers: { 'if-match': etag } })).status).toBe(412);
    expect(await mapped()).toEqual([['101', { userId: 2 }]]);
  });

  it('takes back what it answered', async () => {
    const { body } = await put('101', { userId: 1, name: 'A' });
    expect((await put('101', { ...body, name: 'B' })).status).toBe(200);
    expect((await put('102', body)).status).toBe(400);
  });

  it.each(['1 01', '１０１', '١٠١', '101x', '1'.repeat(17), 'HOL', '%2e%2e', '%00', '101%0a', '%ff', 'null'])(
    'is refused as %s',
    async (extension) => {
      expect((await put(extension, { userId: 1 })).status).toBe(400);
    },
  );

  it.each<[string, unknown, string]>([
    ['no fields', {}, 'userId'],
    ['null', null, 'body'],
    ['a list', [], 'body'],
    ['a number', 5, 'body'],
    ['an operator', { userId: { $ne: null } }, 'userId'],
    ['a text as user', { userId: '1269' }, 'userId'],
    ['a fraction', { userId: 1.5 }, 'userId'],
    ['nobody', { userId: 0 }, 'userId'],
    ['a rounded number', { userId: 1e400 }, 'userId'],
    ['a user and a kind', { userId: 1, kind: 'queue' }, 'kind'],
    ['another kind', { kind: 'person' }, 'kind'],
    ['an unknown field', { userId: 1, createdBy: 'me' }, 'createdBy'],
    ['an id', { userId: 1, _id: 'x' }, '_id'],
    ['an operator as field', { userId: 1, $where: '1' }, '$where'],
    ['a dotted field', { userId: 1, 'a.b': 1 }, 'a.b'],
    ['a long name', { userId: 1, name: 'x'.repeat(201) }, 'name'],
    ['half a character', { userId: 1, name: '\ud800' }, 'body'],
    ['a NUL', { userId: 1, name: 'a\0b' }, 'body'],
  ])('refuses a body of %s', async (_what, body, field) => {
    const answer = await put('101', body);
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
    expect(await mapped()).toEqual([]);
  });

  it.each([
    '{"userId":1',
    '{"userId":1,}',
    '{userId:1}',
    '{"userId":NaN}',
    '{"userId":1}{}',
    '{"__proto__":{"userId":1}}',
    '',
    '['.repeat(5000),
  ])('refuses the text %.30s', async (body) => {
    const answer = await put('101', body, { 'content-type': 'application/json' });
    expect(answer.status).toBe(400);
  });

  it('refuses bodies of other types, encodings and sizes', async () => {
    const status = async (body: unknown, headers: Record<string, string>) =>
      (await put('101', body, headers)).status;
    expect(await status('{"userId":1}', { 'content-type': 'text/plain' })).toBe(415);
    expect(await status('userId=1', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
    expect(await status('{"userId":1}', { 'content-type': 'application/json; charset=windows-1251' })).toBe(
      415,
    );
    expect(
      await status('{"userId":1}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
    ).toBe(415);
    expect(
      await status(encode('{"userId":1,"name":"Анна"}', 'windows-1251'), {
        'content-type': 'application/json',
      }),
    ).toBe(400);
    expect(await status(`{"name":"${'x'.repeat(1_048_576)}"}`, { 'content-type': 'application/json' })).toBe(
      413,
    );
  });

  it.each(['<script>alert(1)</script>', '{{7*7}}', '👩‍👩‍👧', '\u202egnp.exe', 'e\u0301'])(
    'keeps the name %s as it is',
    async (name) => {
      await put('101', { userId: 1, name });
      expect((await lab.ask('GET', `${base}/101`)).body.name).toBe(name);
    },
  );

  it('lists in order, page by page', async () => {
    for (const extension of ['103', '101', '*5', '102']) await put(extension, { userId: 1 });
    const first = (await lab.ask('GET', `${base}?limit=3`)).body;
    const second = (await lab.ask('GET', `${base}?limit=3&cursor=${first.nextCursor}`)).body;
    expect(
      [...first.items, ...second.items].map(({ extension }: { extension: string }) => extension),
    ).toEqual(['*5', '101', '102', '103']);
    expect(second.nextCursor).toBeUndefined();
  });

  it('is listed as unmapped until it is mapped', async () => {
    await lab.store.extensions.countUnmapped('office', '150', new Date());
    await lab.store.extensions.countUnmapped('office', '150', new Date());
    const unmapped = async () => (await lab.ask('GET', `${base}/unmapped`)).body.items;
    expect(await unmapped()).toEqual([{ extension: '150', calls: 2, lastSeenAt: expect.any(String) }]);
    await put('150', { userId: 3 });
    expect(await unmapped()).toEqual([]);
  });

  it('leaves an audit row with before and after', async () => {
    await put('101', { userId: 1 });
    await put('101', { userId: 2 });
    const { items } = (await lab.ask('GET', '/connections/office/audit?limit=1')).body;
    expect(items[0]).toMatchObject({
      action: 'extension.put',
      target: '101',
      before: { value: { userId: 1 } },
      after: { value: { userId: 2 } },
      actor: expect.any(String),
      requestId: expect.any(String),
    });
  });
});

describe('an import', () => {
  it('creates, updates and leaves alone, and says how many', async () => {
    await put('101', { userId: 1, name: 'A' });
    await put('102', { userId: 2, name: 'B' });
    const answer = await importCsv('extension,userId,name\n101,1,A\n102,22,B\n103,3,\n');
    expect([answer.status, answer.body]).toEqual([200, { created: 1, updated: 1, unchanged: 1, errors: [] }]);
    expect(await mapped()).toEqual([
      ['101', { userId: 1, name: 'A' }],
      ['102', { userId: 22, name: 'B' }],
      ['103', { userId: 3 }],
    ]);
    expect((await importCsv('extension,userId,name\n101,1,A\n102,22,B\n103,3,\n')).body).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 3,
    });
  });

  it('only tells what it would do when it is tried', async () => {
    expect((await importCsv('extension,userId\n101,1\n', '?dryRun=true')).body).toMatchObject({ created: 1 });
    expect(await mapped()).toEqual([]);
    expect((await importCsv('extension,userId\n101,1\n', '?dryRun=false')).body).toMatchObject({
      created: 1,
    });
    expect((await importCsv('extension,userId\n101,1\n', '?dryRun=yes')).status).toBe(400);
  });

  it('takes semicolons, windows-1251 and queues', async () => {
    const text = 'extension;userId;name;kind\r\n101;7;Анна Каренина;\r\n800;;Очередь;queue\r\n';
    expect((await importCsv(encode(text, 'windows-1251'))).status).toBe(200);
    expect(await mapped()).toEqual([
      ['101', { userId: 7, name: 'Анна Каренина' }],
      ['800', { kind: 'queue', name: 'Очередь' }],
    ]);
  });

  it('changes nothing when one row does not fit, and names every such row', async () => {
    const answer = await importCsv('extension,userId,name\n101,1,A\nx,2,B\n103,,C\n101,4,D\n104,1.5,E\n');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status: 400,
      created: 0,
      updated: 0,
      unchanged: 0,
      errors: [
        { row: 3, field: 'extension' },
        { row: 4, field: 'userId' },
        { row: 5, field: 'extension', message: 'stands already in row 2' },
        { row: 6, field: 'userId' },
      ],
    });
    expect(await mapped()).toEqual([]);
  });

  it('of a header only changes nothing', async () => {
    expect((await importCsv('extension,userId,name\n')).body).toEqual({
      created: 0,
      updated: 0,
      unchanged: 0,
      errors: [],
    });
  });

  it('is refused as another type, and when it is too long', async () => {
    expect((await importCsv('extension,userId\n101,1\n', '', 'application/json')).status).toBe(415);
    expect((await importCsv('extension,userId\n101,1\n', '', 'text/csv; charset=utf-16')).status).toBe(415);
    expect((await importCsv(`extension,userId\n${'101,1\n'.repeat(900_000)}`)).status).toBe(413);
  });

  it('takes ten thousand rows', async () => {
    await lab.put(connectionOf({ id: 'large' }));
    const large = '/connections/large/extensions';
    const headers = { 'content-type': 'text/csv' };
    const rows = Array.from(
      { length: 10_000 },
      (_, index) => `${100_000 + index},${index + 1},Сотрудник ${index}`,
    );
    const file = `extension,userId,name\n${rows.join('\n')}`;
    expect((await lab.ask('POST', `${large}/import`, { body: file, headers })).body).toMatchObject({
      created: 10_000,
    });
    const exported = (await lab.ask('GET', `${large}/export`)).text;
    const again = await lab.ask('POST', `${large}/import`, { body: exported, headers });
    expect(again.body).toMatchObject({ unchanged: 10_000 });
  });
});

describe('an export', () => {
  it('is the file that the import takes', async () => {
    await put('101', { userId: 1269, name: 'Анна, "Аня"' });
    await put('102', { userId: 1270 });
    const answer = await lab.ask('GET', `${base}/export`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(answer.text).toBe('extension,userId,name\r\n101,1269,"Анна, ""Аня"""\r\n102,1270,\r\n');
    await put('800', { kind: 'ignore' });
    expect((await lab.ask('GET', `${base}/export`)).text.split('\r\n')[0]).toBe('extension,userId,name,kind');
  });

  it('runs nothing in a spreadsheet', async () => {
    await put('101', { userId: 1, name: '=HYPERLINK("http://evil","x")' });
    const { text } = await lab.ask('GET', `${base}/export`);
    expect(text).toContain(`"'=HYPERLINK`);
    expect((await importCsv(text)).body).toMatchObject({ unchanged: 1 });
  });
});
