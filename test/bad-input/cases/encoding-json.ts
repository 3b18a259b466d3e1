import type { HttpCase } from '../http-case';
import { admin, formType, webhook } from '../http-case';

const id = '"callId":"a-1"';
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const form = (body: string | Buffer): ReturnType<typeof webhook> => webhook(body, { headers: [formType] });
const extension = (body: string | Buffer): ReturnType<typeof admin> => admin('PUT', '/extensions/101', body);
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const malformed = { status: 400, field: 'body', kept: 'malformed' };
const taken = { status: 202, callId: 'a-1' };
const badId = { status: 400, field: 'callId', kept: 'bad-field' };
const badBody = { status: 400, field: 'body' };

/** B10 to B18: bytes that are no text, text that is no JSON, JSON that is no call. */
// prettier-ignore
export const encodingAndJson: readonly HttpCase[] = [
  ['B10 JSON that breaks off', webhook(`{${id}`), malformed],
  ['B10 a comma behind the last field', webhook(`{${id},}`), malformed],
  ['B10 a comment', webhook(`{${id} /* hello */}`), malformed],
  ['B10 NaN', webhook(`{${id},"duration":NaN}`), malformed],
  ['B10 Infinity', webhook(`{${id},"duration":-Infinity}`), malformed],
  ['B10 single quotes', webhook("{'callId':'a-1'}"), malformed],
  ['B10 names without quotes', webhook('{callId:"a-1"}'), malformed],
  ['B10 two documents', webhook(`{${id}}{${id}}`), malformed],
  ['B10 a document for each line', webhook(`{${id}}\n{${id}}`), malformed],
  ['B10 a number with zeros in front', webhook(`{${id},"duration":007}`), malformed],
  ['B10 a hexadecimal number', webhook(`{${id},"duration":0x10}`), malformed],
  ['B10 a line break in a text', webhook('{"callId":"a\n1"}'), malformed],
  ['B10 an escape that is none', webhook('{"callId":"\\x41"}'), malformed],
  ['B10 JSONP', webhook(`callback({${id}})`), malformed],
  ['B10 a guard in front', webhook(`)]}',\n{${id}}`), malformed],
  ['B10 YAML', webhook('callId: a-1'), malformed],
  ['B10 a form sent as JSON', webhook('callId=a-1'), malformed],
  ['B10 JSON sent as a form', form(`{${id}}`), { status: 400, field: 'callId' }],
  ['B10 broken JSON for the admin API', extension('{"userId":1'), badBody],
  ['B10 a comma too many for the admin API', extension('{"userId":1,}'), badBody],

  ['B11 a byte order mark', webhook(`\ufeff{${id}}`), taken],
  ['B11 two byte order marks', webhook(`\ufeff\ufeff{${id}}`), malformed],
  ['B11 UTF-16', webhook(Buffer.from(`{${id}}`, 'utf16le')), malformed],
  ['B11 UTF-16 with its mark', webhook(Buffer.from(`\ufeff{${id}}`, 'utf16le')), malformed],
  ['B11 UTF-16, big end first', webhook(utf16be(`{${id}}`)), malformed],
  ['B11 windows-1251', webhook(bytes(`{${id},"name":"`, [0xcf, 0xf0, 0xe8], '"}')), malformed],
  ['B11 Latin-1', webhook(bytes(`{${id},"name":"`, [0xe9], '"}')), malformed],
  ['B11 a letter that breaks off', webhook(bytes(`{${id},"name":"`, [0xd0], '"}')), malformed],
  ['B11 a byte that starts nothing', webhook(bytes([0xff], `{${id}}`)), malformed],
  ['B11 windows-1251 in a form', form('callId=a-1&name=%CF%F0%E8'), malformed],
  ['B11 raw windows-1251 in a form', form(bytes('callId=a-1&name=', [0xcf, 0xf0])), malformed],
  ['B11 windows-1251 in a query', { ...webhook('', { path: '/webhooks/3cx/office/call-started?callId=a-1&name=%CF' }), method: 'GET', body: undefined }, malformed],
  ['B11 windows-1251 for the admin API', extension(bytes('{"userId":1,"name":"', [0xcf], '"}')), badBody],
  ['B11 UTF-16 for the admin API', extension(Buffer.from('{"userId":1}', 'utf16le')), badBody],

  ['B12 half a character as id', webhook('{"callId":"a\\ud800"}'), badId],
  ['B12 the other half', webhook('{"callId":"\\udfffa"}'), badId],
  ['B12 half a character that nobody reads', webhook(`{${id},"name":"\\ud800"}`), taken],
  ['B12 half a character in a name', webhook(`{${id},"\\ud800":1}`), taken],
  ['B12 half a character in the number', webhook(`{${id},"callerNumber":"\\ud8009161234567"}`), { ...taken, event: { callerNumber: '79161234567' } }],
  ['B12 a NUL as id', webhook('{"callId":"a\\u0000"}'), badId],
  ['B12 a NUL that nobody reads', webhook(`{${id},"name":"a\\u0000b","a\\u0000b":1}`), taken],
  ['B12 a raw NUL', webhook(bytes('{"callId":"a', [0], '"}')), malformed],
  ['B12 a NUL in a form', form('callId=a%00b'), badId],
  ['B12 letters longer than they are', webhook(bytes('{"callId":"', [0xc0, 0x80], '"}')), malformed],
  ['B12 a slash longer than it is', webhook(bytes('{"callId":"', [0xe0, 0x80, 0xaf], '"}')), malformed],
  ['B12 half a character as bytes', webhook(bytes('{"callId":"', [0xed, 0xa0, 0x80], '"}')), malformed],
  ['B12 half a character for the admin API', extension('{"userId":1,"name":"\\ud800"}'), badBody],
  ['B12 half a character in a name for the admin API', extension('{"userId":1,"\\udc00":"x"}'), badBody],
  ['B12 a NUL for the admin API', extension('{"userId":1,"name":"a\\u0000"}'), badBody],
  ['B12 a NUL in a name for the admin API', extension('{"userId":1,"\\u0000":1}'), badBody],
  ['B12 a NUL in the path of the admin API', admin('GET', '/calls/a%00b'), 404],

  ['B13 one name twice: the last one counts', webhook('{"callId":"a-0","callId":"a-1"}'), taken],
  ['B13 one name twice, the last one bad', webhook('{"callId":"a-1","callId":"a b"}'), badId],
  ['B13 a name and its alias: the name counts', webhook('{"chid":"a-0","callId":"a-1","historyId":"a-2"}'), taken],
  ['B13 a name in two letter cases', webhook('{"CALLID":"a-0","callId":"a-1"}'), taken],
  ['B13 two ids in a form', form('callId=a-1&callId=a-2'), badId],
  ['B13 one id twice in a form', form('callId=a-1&callId=a-1'), taken],
  ['B13 one name twice for the admin API', extension('{"userId":"x","userId":1,"userId":0}'), { status: 400, field: 'userId' }],

  ['B14 200,000 lists in each other', webhook('['.repeat(200_000)), { status: 413, kept: 'body-too-large' }],
  ['B14 30,000 lists in a field that nobody reads', webhook(`{${id},"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), taken],
  ['B14 10,000 objects in a field that nobody reads', webhook(`{${id},"x":${'{"y":'.repeat(9_000)}1${'}'.repeat(9_000)}}`), taken],
  ['B14 30,000 lists as id', webhook(`{"callId":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), badId],
  ['B14 32,000 lists and nothing else', webhook(`${'['.repeat(32_000)}${']'.repeat(32_000)}`), malformed],
  ['B14 names that nest in a form', form(`callId=a-1&a${'[b]'.repeat(20_000)}=1`), taken],
  ['B14 500,000 lists for the admin API', extension(`{"userId":${'['.repeat(500_000)}${']'.repeat(500_000)}}`), badBody],
  ['B14 33 objects for the admin API', extension(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`), badBody],

  ['B15 a million names', webhook(`{${Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":1`).join()}}`), { status: 413, kept: 'body-too-large' }],
  ['B15 6,000 names', webhook(`{${Array.from({ length: 6_000 }, (_, at) => `"k${at}":1`).join()},${id}}`), taken],
  ['B15 20,000 names in a form', form(`${'&'.repeat(20_000)}${Array.from({ length: 5_000 }, (_, at) => `k${at}`).join('&')}&callId=a-1`), taken],
  ['B15 a million items', webhook(`{"callId":[${'1,'.repeat(1_000_000)}1]}`), { status: 413, kept: 'body-too-large' }],
  ['B15 30,000 items', webhook(`{"callId":[${'1,'.repeat(30_000)}1]}`), badId],
  ['B15 a text of 10 MB', webhook(`{"callId":"${'x'.repeat(10_000_000)}"}`), { status: 413, kept: 'body-too-large' }],
  ['B15 a text of 60 kB', webhook(`{"callId":"${'x'.repeat(60_000)}"}`), badId],
  ['B15 100,000 items for the admin API', admin('PATCH', '', `{"rules":{"excludedNumbers":[${'"1",'.repeat(100_000)}"1"]}}`), { status: 400, field: 'rules.excludedNumbers' }],
  ['B15 100,000 names for the admin API', extension(`{${Array.from({ length: 80_000 }, (_, at) => `"k${at}":1`).join()}}`), 400],

  ['B16 a number beyond all numbers', webhook(`{${id},"duration":1e400}`), { status: 400, field: 'duration', kept: 'bad-field' }],
  ['B16 a number without end below nothing', webhook(`{${id},"duration":-1e400}`), { status: 400, field: 'duration' }],
  ['B16 minus nothing', webhook(`{${id},"duration":-0}`, { event: 'call-ended' }), { ...taken, event: { durationSeconds: 0 } }],
  ['B16 a whole number with a point', webhook(`{${id},"duration":65.0}`, { event: 'call-ended' }), { ...taken, event: { durationSeconds: 65 } }],
  ['B16 a number as id', webhook('{"callId":41}'), { status: 202, callId: '41' }],
  ['B16 a number as id that JSON cannot hold', webhook('{"callId":12345678901234567890}'), { status: 400, field: 'callId' }],
  ['B16 a fraction as id', webhook('{"callId":1.5}'), { status: 202, callId: '1.5' }],
  ['B16 a talk longer than any', webhook(`{${id},"duration":1e15}`), { status: 400, field: 'duration' }],
  ['B16 a number beyond all numbers for the admin API', extension('{"userId":1e400}'), { status: 400, field: 'userId' }],
  ['B16 a rounded number for the admin API', extension('{"userId":12345678901234567890}'), { status: 400, field: 'userId' }],
  ['B16 minus nothing for the admin API', extension('{"userId":-0}'), { status: 400, field: 'userId' }],
  ['B16 a fraction for the admin API', extension('{"userId":1.5}'), { status: 400, field: 'userId' }],
  ['B16 a number in quotes for the admin API', extension('{"userId":"1"}'), { status: 400, field: 'userId' }],
  ['B16 a yes for the admin API', extension('{"userId":true}'), { status: 400, field: 'userId' }],

  ['B17 names that reach prototypes', webhook(`{${id},"__proto__":{"event":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}`), taken],
  ['B17 an id from the prototype', webhook('{"__proto__":{"callId":"a-1"}}'), { status: 400, field: 'callId' }],
  ['B17 an object that would print as an id', webhook('{"callId":{"toString":"a-1"}}'), badId],
  ['B17 names that reach prototypes in a form', form('callId=a-1&__proto__[polluted]=1&constructor.prototype.polluted=1'), taken],
  ['B17 an event from the prototype', webhook(good('__proto__'), { event: '' }), { status: 404, field: 'event', kept: 'unknown-event' }],
  ['B17 a prototype as event', webhook(`{${id}}`, { event: '__proto__' }), { status: 404, kept: 'unknown-event' }],
  ['B17 a prototype as connection', webhook(`{${id}}`, { path: '/webhooks/3cx/__proto__/call-started' }), 404],
  ['B17 a prototype for the admin API', extension('{"__proto__":{"userId":1}}'), badBody],
  ['B17 a constructor for the admin API', extension('{"userId":1,"constructor":{"prototype":{}}}'), { status: 400, field: 'constructor' }],
  ['B17 a prototype deep down', admin('PATCH', '', '{"rules":{"__proto__":{"fallbackUserId":7}}}'), badBody],
  ['B17 a method of objects as query', admin('GET', '/calls?hasOwnProperty=1'), { status: 400, field: 'hasOwnProperty' }],

  ['B18 null', webhook('null'), malformed],
  ['B18 a list', webhook(`[{${id}}]`), malformed],
  ['B18 an empty list', webhook('[]'), malformed],
  ['B18 a text', webhook('"call"'), malformed],
  ['B18 a number', webhook('1'), malformed],
  ['B18 yes', webhook('true'), malformed],
  ['B18 null for the admin API', extension('null'), badBody],
  ['B18 a list for the admin API', extension('[{"userId":1}]'), badBody],
  ['B18 a text for the admin API', extension('"userId"'), badBody],
  ['B18 a list of calls to take up', admin('POST', '/calls/retry', '[]'), badBody],
];

function good(event: string): object {
  return { callId: 'a-1', event };
}
