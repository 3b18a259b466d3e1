import { encode } from 'iconv-lite';
import { connectionBody } from '../../support/connection-body';
import type { HttpCase, Outcome } from '../http-case';
import { admin, formType, jsonType } from '../http-case';

const bad = (field: string): Outcome => ({ status: 400, field });
const csvType = ['Content-Type', 'text/csv'] as const;
const file = (body: string | Buffer, kind = 'extensions', query = ''): ReturnType<typeof admin> =>
  admin('POST', `/${kind}/import${query}`, body, { headers: [csvType] });
const put = (body: unknown, extension = '101'): ReturnType<typeof admin> =>
  admin('PUT', `/extensions/${extension}`, body);
const root = (method: string, path: string, body?: unknown): ReturnType<typeof admin> =>
  admin(method, '', body, { path: `/api/v1${path}` });
const whole = connectionBody();

const operators: unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $where: 'sleep(5000)' },
  { $regex: '(a+)+$' },
  { $in: ['101'] },
];
const B40 = operators.flatMap((operator): HttpCase[] => {
  const text = JSON.stringify(operator);
  return [
    [`B40 ${text} as a user`, put({ userId: operator }), bad('userId')],
    [
      `B40 ${text} as a number`,
      admin('POST', '/calls/search', { phoneNumber: operator }),
      bad('phoneNumber'),
    ],
    [
      `B40 ${text} as a person to forget`,
      admin('POST', '/erase', { phoneNumber: operator }),
      bad('phoneNumber'),
    ],
    [
      `B40 ${text} as an extension in a filter`,
      admin('POST', '/calls/retry', { filter: { extension: operator } }),
      bad('filter.extension'),
    ],
    [`B40 ${text} as a path`, admin('GET', `/extensions/${encodeURIComponent(text)}`), bad('extension')],
    [`B40 ${text} as a call`, admin('GET', `/calls/${encodeURIComponent(text)}`), 404],
  ];
});

/** Where an id belongs, and how one without such a thing answers. */
const ids: readonly (readonly [
  place: string,
  path: (id: string) => string,
  method: string,
  status: number,
])[] = [
  ['a rejected webhook', (id) => `/rejected/${id}/replay`, 'POST', 404],
  ['a call', (id) => `/calls/${id}`, 'GET', 404],
  ['an extension', (id) => `/extensions/${id}`, 'GET', 400],
  ['a line', (id) => `/lines/${id}`, 'GET', 400],
];
const oddIds = [
  '..%2f',
  '%2e%2e%2f%2e%2e%2fkeys',
  'null',
  'undefined',
  '%5Bobject%20Object%5D',
  '%00',
  '%20',
  "'%20or%201=1--",
  'exactly12chr',
];
const B42 = oddIds.flatMap((id) =>
  ids.map(([place, path, method, status]): HttpCase => [
    `B42 ${id} as ${place}`,
    admin(method, path(id)),
    status,
  ]),
);

const limits = ['-1', '0', '201', '1e9', '1.5', 'all', 'NaN', '0x10', '50 ', '99999999999999999999'];
const B44 = limits.map((limit): HttpCase => [
  `B44 a page of ${limit}`,
  admin('GET', `/extensions?limit=${encodeURIComponent(limit)}`),
  // Sixteen, and fifty with a blank, are numbers all the same.
  ['0x10', '50 '].includes(limit) ? 200 : bad('limit'),
]);

const names: readonly (readonly [how: string, name: string])[] = [
  ['that reads backwards', '\u202egnp.exe'],
  ['of no width', '\u200b\u200d\ufeff'],
  ['of emoji', '👩‍👩‍👧'],
  ['that is a script', '<script>alert(1)</script>'],
  ['that is a template', '{{7*7}}${7*7}#{7*7}'],
  ['in one Unicode form', 'Caf\u00e9'],
  ['in the other', 'Cafe\u0301'],
  ['that is a formula', '=cmd|"/c calc"!A0'],
  ['of quotes', `'"\`;--`],
  ['of the longest sort', 'я'.repeat(200)],
];
const B47 = names.map(([how, name]): HttpCase => [
  `B47 a name ${how}`,
  put({ userId: 1, name }, '147'),
  { status: 200, body: { name } },
  [put({ userId: 1 }, '147')],
]);

/** B40 to B47: what an admin, or somebody with an admin's key, may try. */
// prettier-ignore
export const adminApi: readonly HttpCase[] = [
  ...B40,
  ['B40 an operator in a query', admin('GET', '/calls?extension[$ne]='), 200],
  ['B40 an operator with a value in a query', admin('GET', '/calls?extension[$ne]=1'), bad('extension[$ne]')],
  ['B40 an operator in a query, escaped', admin('GET', '/calls?state%5B%24gt%5D=a'), bad('state[$gt]')],
  ['B40 an operator as form', admin('PUT', '/extensions/101', 'userId[$ne]=1', { headers: [formType] }), 415],
  ['B40 an operator as role', root('POST', '/keys', { name: 'x', role: { $ne: 'viewer' } }), bad('role')],
  ['B40 an operator as scope', root('POST', '/keys', { name: 'x', role: 'viewer', connections: [{ $ne: '' }] }), bad('connections.0')],
  ['B40 an operator as connection', root('GET', `/connections/${encodeURIComponent('{"$ne":""}')}`), 404],
  ['B40 an operator as cursor', admin('GET', `/calls?cursor=${Buffer.from('{"$gt":""}').toString('base64url')}`), bad('cursor')],

  ['B41 a name with a dot', put({ userId: 1, 'value.userId': 2 }), bad('value.userId')],
  ['B41 a name with a dollar', put({ userId: 1, $set: { userId: 2 } }), bad('$set')],
  ['B41 an id of the database', put({ _id: 'x', userId: 1 }), bad('_id')],
  ['B41 who made it', put({ userId: 1, createdBy: 'me' }), bad('createdBy')],
  ['B41 another connection', put({ userId: 1, connection: 'elsewhere' }), bad('connection')],
  ['B41 another extension', put({ userId: 1, extension: '102' }), bad('extension')],
  ['B41 both a person and a queue', put({ userId: 1, kind: 'queue' }), 400],
  ['B41 a key that chooses itself', root('POST', '/keys', { name: 'x', role: 'viewer', secret: 'bk_mine' }), bad('secret')],
  ['B41 a key that chooses its id', root('POST', '/keys', { name: 'x', role: 'viewer', id: 'bootstrap' }), bad('id')],
  ['B41 a connection that chooses its health', admin('PATCH', '', { health: { bitrix24: { ok: 'yes' } } }), 200],
  ['B41 a connection that chooses its id', admin('PATCH', '', { id: 'elsewhere' }), bad('id')],
  ['B41 a rule that nobody knows', admin('PATCH', '', { rules: { 'showCard.$ne': 1 } }), bad('rules.showCard.$ne')],

  ...B42,
  ['B42 an ObjectId that belongs to nobody', admin('POST', `/rejected/${'a'.repeat(24)}/replay`), 404],
  ['B42 a key that is not there', root('DELETE', '/keys/12345'), 404],
  ['B42 a connection that could be a path', root('GET', '/connections/%2e%2e%2f%2e%2e'), 404],
  ['B42 a call id of 300 characters', admin('GET', `/calls/${'x'.repeat(300)}`), bad('callId')],

  ['B43 one extension twice in a file', file('extension,userId\n101,1\n101,2\n'), bad('extension')],
  ['B43 one DID in two spellings in a file', file('did,lineNumber\n+74951234567,1\n84951234567,2\n', 'lines'), bad('did')],
  ['B43 a user below nothing', put({ userId: -1 }), bad('userId')],
  ['B43 a user that nobody checked', put({ userId: 999_999_999 }, '143'), { status: 201, body: { userId: 999_999_999 } }],
  ['B43 two DIDs on one line', admin('PUT', '/lines/74951234568', { lineNumber: 'Moscow' }), 201, [admin('PUT', '/lines/74951234569', { lineNumber: 'Moscow' })]],
  ['B43 a fallback that is nobody', admin('PATCH', '', { rules: { fallbackUserId: 0 } }), bad('rules.fallbackUserId')],
  ['B43 a fallback that is taken away', admin('PATCH', '', { rules: { fallbackUserId: null } }), bad('rules.fallbackUserId')],
  ['B43 no log-in at all', admin('PATCH', '', { threecx: { auth: null } }), bad('threecx.auth')],
  ['B43 a time zone that is none', admin('PATCH', '', { timeZone: 'Mars/Olympus' }), bad('timeZone')],
  ['B43 a country in words', admin('PATCH', '', { country: 'Russia' }), bad('country')],
  ['B43 hours below nothing', admin('PATCH', '', { rules: { maxCallHours: -1 } }), bad('rules.maxCallHours')],
  ['B43 hours without end', admin('PATCH', '', '{"rules":{"maxCallHours":1e400}}'), bad('rules.maxCallHours')],
  ['B43 an anonymous number of words', admin('PATCH', '', { rules: { anonymousNumber: 'hidden' } }), bad('rules.anonymousNumber')],
  ['B43 a secret that was never stored', root('PUT', '/connections/new', { ...whole, threecx: { ...whole.threecx, auth: { kind: 'token', token: '***' } } }), bad('threecx.auth.token')],
  ['B43 no rules', root('PUT', '/connections/new', { ...whole, rules: undefined }), bad('rules')],
  ['B43 a connection of nothing', root('PUT', '/connections/new', {}), bad('threecx')],

  ...B44,
  ['B44 an order', admin('GET', '/extensions?sort=$natural'), bad('sort')],
  ['B44 a filter that no index helps', admin('GET', '/calls?name=x'), bad('name')],
  ['B44 a page by number', admin('GET', '/calls?page=2'), bad('page')],
  ['B44 a cursor of another list', admin('GET', '/calls?cursor=abc'), bad('cursor')],
  ['B44 a cursor of 600 characters', admin('GET', `/calls?cursor=${'a'.repeat(600)}`), bad('cursor')],
  ['B44 a day that is none', admin('GET', '/calls?from=2026-02-30'), bad('from')],
  ['B44 a range that ends before it begins', admin('GET', '/calls?from=2026-02-02&to=2026-02-01'), 400],
  ['B44 a state that is none', admin('GET', '/calls?state=lost'), bad('state')],
  ['B44 a search without a number', admin('POST', '/calls/search', { phoneNumber: 'anonymous' }), bad('phoneNumber')],
  ['B44 a search for nothing', admin('POST', '/calls/search', {}), bad('phoneNumber')],
  ['B44 a search for 100 characters', admin('POST', '/calls/search', { phoneNumber: '1'.repeat(100) }), bad('phoneNumber')],

  ['B45 a version of long ago', { ...put({ userId: 2 }, '145'), headers: [...put({}).headers!, ['If-Match', '"0"']] }, 412, [put({ userId: 1 }, '145')]],
  ['B45 a removal of a version of long ago', admin('DELETE', '/extensions/145', undefined, { headers: [['If-Match', '"0"']] }), 412, [put({ userId: 1 }, '145')]],
  ['B45 a change of what is not there', admin('PUT', '/extensions/146', { userId: 1 }, { headers: [jsonType, ['If-Match', '"1"']] }), 412],
  ['B45 a removal of what is not there', admin('DELETE', '/extensions/999'), 404],
  ['B45 a patch of a connection that is not there', root('PATCH', '/connections/nobody', { name: 'x' }), 404],

  ['B46 formulas are text', file('extension,userId,name\n101,1,"=cmd|\'/c calc\'!A0"\n'), 200],
  ['B46 windows-1251', file(encode('extension;userId;name\n101;1;Анна\n', 'windows-1251')), 200],
  ['B46 semicolons', file('extension;userId\n101;1\n'), 200],
  ['B46 100,000 rows', file(`extension,userId\n${Array.from({ length: 100_000 }, (_, at) => `${at},1`).join('\n')}`), bad('file')],
  ['B46 a header and nothing else', file('extension,userId\n'), 200],
  ['B46 nothing', file(''), bad('file')],
  ['B46 a quote that never ends', file('extension,userId,name\n101,1,"Anna\n'), bad('row')],
  ['B46 a quote in the middle', file('extension,userId,name\n101,1,An"na\n'), bad('row')],
  ['B46 a column that nobody knows', file('extension,userId,role\n101,1,admin\n'), bad('role')],
  ['B46 one column twice', file('extension,userId,userId\n101,1,2\n'), bad('userId')],
  ['B46 no column for the user', file('extension,name\n101,Anna\n'), bad('userId')],
  ['B46 too many cells', file('extension,userId\n101,1,2\n'), bad('row')],
  ['B46 a user of words', file('extension,userId\n101,Anna\n'), bad('userId')],
  ['B46 an extension of words', file('extension,userId\nAnna,1\n'), bad('extension')],
  ['B46 bytes of a picture', file(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')), 400],
  ['B46 a workbook', file(Buffer.from('504b030414000600080000002100', 'hex')), 400],
  ['B46 UTF-16', file(Buffer.from('extension,userId\n101,1\n', 'utf16le')), 400],
  ['B46 a row of 20 kB', file(`extension,userId,name\n101,1,${'x'.repeat(20_000)}\n`), bad('row')],
  ['B46 a charset that nobody means', admin('POST', '/lines/import', 'did,lineNumber\n', { headers: [['Content-Type', 'text/csv; charset=utf-7']] }), 415],
  ['B46 a trial that is neither yes nor no', file('extension,userId\n101,1\n', 'extensions', '?dryRun=perhaps'), bad('dryRun')],

  ...B47,
  ['B47 a name of 10 kB', put({ userId: 1, name: 'x'.repeat(10_240) }), bad('name')],
  ['B47 a name of a connection of 201 characters', admin('PATCH', '', { name: 'x'.repeat(201) }), bad('name')],
  ['B47 a key without a name', root('POST', '/keys', { name: '  ', role: 'viewer' }), bad('name')],
];
