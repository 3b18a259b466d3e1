import type { HttpCase, Outcome } from '../http-case';
import { admin, formType, webhook } from '../http-case';

const taken: Outcome = { status: 202 };
const refused = (field: string, kept = 'bad-field'): Outcome => ({ status: 400, field, kept });
const missing = (field: string): Outcome => refused(field, 'missing-field');

/** A whole answered call, whose fields are spoilt one by one. */
const whole = {
  callId: 'a-1',
  extension: '101',
  toExtension: '102',
  callerNumber: '+79991234567',
  direction: 'inbound',
  did: '74951234567',
  startedAt: '2026-01-31T10:00:00+03:00',
  duration: 65,
  status: 'answered',
  deliveryId: 'd-1',
  recordingId: 'r-1',
};
type Field = keyof typeof whole;
const required: Field[] = ['callId', 'extension'];
/** Free text; what is no number in it tells of a hidden caller, or nothing. */
const anyText: Field[] = ['callerNumber', 'did', 'deliveryId', 'recordingId'];

/** How a field is spoilt, and what comes of it. */
const spoilt: [how: string, value: unknown, outcome: (field: Field) => Outcome][] = [
  ['left out', undefined, (field) => (required.includes(field) ? missing(field) : taken)],
  ['null', null, (field) => (required.includes(field) ? missing(field) : taken)],
  ['empty', '', (field) => (required.includes(field) ? missing(field) : taken)],
  ['blanks', ' \t ', (field) => (required.includes(field) ? missing(field) : taken)],
  ['yes', true, (field) => refused(field)],
  ['a list of one', ['101'], (field) => refused(field)],
  ['an object', { $ne: null }, (field) => refused(field)],
  ['words', 'кто-то там', (field) => (anyText.includes(field) ? taken : refused(field))],
  ['10 kB', '1'.repeat(10_240), (field) => (field === 'recordingId' ? taken : refused(field))],
];

const B20 = (Object.keys(whole) as Field[]).flatMap((field) =>
  spoilt.map(([how, value, outcome]): HttpCase => [
    `B20 ${field}: ${how}`,
    webhook({ ...whole, [field]: value }, { event: 'call-answered' }),
    outcome(field),
  ]),
);

const placeholders: readonly (readonly [string, object])[] = [
  ['callId', { callId: '%CallId%' }],
  ['historyId', { historyId: '[CallHistoryId]' }],
  ['startedAt', { ...whole, startedAt: '[CallStartTimeUTC]' }],
  ['extension', { ...whole, extension: '[Agent]' }],
  ['callerNumber', { ...whole, callerNumber: '%number%' }],
  ['direction', { ...whole, direction: '[CallDirection]' }],
  ['duration', { ...whole, duration: '[DurationTimespan]' }],
  ['recordingId', { ...whole, recordingId: '%RecId%' }],
  ['deliveryId', { ...whole, deliveryId: '[ID]' }],
];
const B22 = placeholders.map(([field, body]): HttpCase => [
  `B22 ${field} that was never filled in`,
  webhook(body, { event: 'call-answered' }),
  refused(field, 'placeholder'),
]);

/** As sent, and as it reaches the call; null: refused. */
const dates: readonly (readonly [string, unknown, string | null])[] = [
  ['the German way', '31/12/2026 23:59', null],
  ['the American way', '12/31/2026', null],
  ['with dots', '31.12.2026 23:59:00', null],
  ['without time', '2026-01-31', null],
  ['without zone', '2026-01-31T10:00:00', '2026-01-31T10:00:00+03:00'],
  ['with a blank for the T', '2026-01-31 10:00:00', '2026-01-31T10:00:00+03:00'],
  ['with a plus that became a blank', '2026-01-31T10:00:00 03:00', '2026-01-31T10:00:00+03:00'],
  ['year 1', '0001-01-01T00:00:00Z', null],
  ['year 9999', '9999-12-31T23:59:59Z', null],
  ['1970', '1970-01-01T00:00:00Z', null],
  ['seconds since 1970', 1_769_842_800, null],
  ['milliseconds since 1970', 1_769_842_800_000, null],
  ['milliseconds as text', '1769842800000', null],
  ['a week', '2026-W05-6', null],
  ['a day of the year', '2026-031', null],
  ['30 February', '2026-02-30T10:00:00Z', null],
  ['29 February of a common year', '2026-02-29T10:00:00Z', null],
  ['month 13', '2026-13-01T10:00:00Z', null],
  ['25 o’clock', '2026-01-31T25:00:00Z', null],
  ['24 o’clock', '2026-01-31T24:00:00Z', null],
  ['a leap second', '2026-12-31T23:59:60Z', null],
  ['a zone beyond all zones', '2026-01-31T10:00:00+25:00', null],
  ['a zone by name', '2026-01-31T10:00:00 Europe/Moscow', null],
  ['12-hour time', '2026-01-31 10:00:00 PM', null],
  ['in words', 'Sat, 31 Jan 2026 10:00:00 GMT', null],
  ['Arabic digits', '٢٠٢٦-01-31T10:00:00Z', null],
  ['.NET', '/Date(1769842800000)/', null],
];
const B23dates = dates.map(([how, startedAt, told]): HttpCase => [
  `B23 a date ${how}`,
  webhook({ callId: 'a-1', startedAt }),
  told === null ? refused('startedAt') : { ...taken, event: { startedAt: told } },
]);

const ended = { callId: 'a-1', callerNumber: '79991234567' };
const durations: readonly (readonly [string, unknown, number | null])[] = [
  ['below nothing', -5, null],
  ['below nothing as text', '-1', null],
  ['of ten days', 864_000, 864_000],
  ['of 31 days', 31 * 86_400, null],
  ['of 99 minutes', '99:59', 5_999],
  ['of 61 seconds beside minutes', '10:61', null],
  ['of 61 minutes beside hours', '1:61:00', null],
  ['with unit', '65 s', null],
  ['as ISO 8601', 'PT1M5S', null],
  ['with a comma', '65,4', 65],
  ['with an exponent', '1e3', null],
];
const B23durations = durations.map(([how, duration, told]): HttpCase => [
  `B23 a talk ${how}`,
  webhook({ ...ended, duration }, { event: 'call-ended' }),
  told === null ? refused('duration') : { ...taken, event: { durationSeconds: told } },
]);

/** As sent, and as it reaches the call; null: refused. */
const extensions: readonly (readonly [unknown, string | null])[] = [
  ['101', '101'],
  [101, '101'],
  ['0101', '0101'],
  [' 101', '101'],
  ['101\n', '101'],
  ['Ext.101', '101'],
  ['*77', '*77'],
  ['#9', '#9'],
  ['１０１', null],
  ['١٠١', null],
  ['१०१', null],
  ['HOL', null],
  ['0'.repeat(40), null],
  ['Anna', null],
  ['101 Anna', null],
  ['101,102', null],
  ['101;102', null],
  ['101\n102', null],
  ['101\u0000', null],
  ['+101', null],
  ['10.1', null],
  ['-101', null],
  [1e21, null],
  ['101@pbx', null],
  ['sip:101', null],
  ['101\u200b', null],
].map(([sent, told]) => [sent, told] as [unknown, string | null]);
const B24 = extensions.map(([extension, told]): HttpCase => [
  `B24 extension ${JSON.stringify(extension)}`,
  webhook({ callId: 'a-1', extension }, { event: 'call-ringing' }),
  told === null ? refused('extension') : { ...taken, event: { extension: told } },
]);

/** As sent, and the workflow id behind `call/office/`; null: refused. */
const callIds: readonly (readonly [string, string, RegExp | null])[] = [
  ['2 kB', 'x'.repeat(2_048), null],
  ['129 characters', 'x'.repeat(129), null],
  ['128 characters', 'x'.repeat(128), /^x{128}$/],
  ['a slash', 'a/b', /^a\/b$/],
  ['two dots', '..', /^h-[\w-]{43}$/],
  ['one dot', '.', /^h-[\w-]{43}$/],
  ['steps upwards', '../../etc/passwd', /^\.\.\/\.\.\/etc\/passwd$/],
  ['a blank', 'a b', null],
  ['a quote', `a"b'`, /^a"b'$/],
  ['an emoji', 'a😀', null],
  ['Cyrillic that looks like Latin', 'аbc', null],
  ['a composed letter', 'caf\u00e9', null],
  ['the same letter in two parts', 'cafe\u0301', null],
  ['a colon', 'a:b', /^a:b$/],
  ['a tilde, as ids used again have', '41~1769842800', /^41~1769842800$/],
  ['capitals', 'ABC-1', /^ABC-1$/],
  ['small letters', 'abc-1', /^abc-1$/],
  [
    'a history id in capitals',
    '00000000-01DC-9261-7D55-A30000000029',
    /^00000000-01dc-9261-7d55-a30000000029$/,
  ],
  ['the look of one of our reports', 'report-0123456789abcdef', /^h-[\w-]{43}$/],
  ['an operator', '{"$ne":1}', /^\{"\$ne":1\}$/],
  ['a line break', 'a\nb', null],
  ['an escape sequence', 'a\u001b[31m', null],
  ['a number of somebody', '79991234567', /^h-[\w-]{43}$/],
].map(([how, sent, kept]) => [how, sent, kept] as [string, string, RegExp | null]);
const B25 = callIds.map(([how, callId, kept]): HttpCase => [
  `B25 a call id with ${how}`,
  webhook({ callId }),
  kept === null ? refused('callId') : { ...taken, workflowId: kept },
]);

const kind = { callId: 'a-1' };

/** B20 to B26: what each field of a webhook may not be. */
// prettier-ignore
export const callFields: readonly HttpCase[] = [
  ...B20,

  ['B21 an event that is none', webhook(kind, { event: 'call-exploded' }), { status: 404, field: 'event', kept: 'unknown-event' }],
  ['B21 an event that is none in the body', webhook({ ...kind, event: 'call-exploded' }, { event: '' }), { status: 404, field: 'event', kept: 'unknown-event' }],
  ['B21 no event at all', webhook(kind, { event: '' }), missing('event')],
  ['B21 a number as event', webhook({ ...kind, event: 7 }, { event: '' }), { status: 404, field: 'event', kept: 'unknown-event' }],
  ['B21 a list as event', webhook({ ...kind, event: ['call-started'] }, { event: '' }), missing('event')],
  ['B21 an object as event', webhook({ ...kind, event: { $gt: '' } }, { event: '' }), missing('event')],
  ['B21 two events: the address counts', webhook({ ...kind, event: 'call-exploded' }), taken],
  ['B21 fields that nobody knows', webhook({ ...kind, color: 'red', nested: { deep: [1] }, _id: 1, createdBy: 'me' }), { ...taken, event: { extension: null } }],
  ['B21 a field that nobody knows for the admin API', admin('PUT', '/extensions/101', { userId: 1, color: 'red' }), { status: 400, field: 'color' }],

  ...B22,
  ['B22 an event that was never filled in', webhook({ ...kind, event: '%Event%' }, { event: '' }), refused('event', 'placeholder')],
  ['B22 a placeholder that looks like an escape', webhook('callId=%CallId%', { headers: [formType] }), refused('callId', 'placeholder')],
  ['B22 placeholders in fields that nobody knows', webhook({ ...kind, name: '[Name]' }), taken],

  ...B23dates,
  ...B23durations,
  ['B23 an hour that the clocks skip', webhook({ ...kind, startedAt: '2011-03-27T02:30:00' }), { ...taken, kept: 'too-old', callId: 'a-1' }],
  ['B23 an end before the start', webhook({ ...ended, startedAt: '2026-11-25T10:00:00Z', endedAt: '2026-11-25T09:00:00Z' }, { event: 'call-ended' }), { ...taken, event: { endedAt: '2026-11-25T09:00:00Z' } }],
  ['B23 a call in a far future', webhook({ ...kind, startedAt: '2099-01-01T00:00:00Z' }), { ...taken, event: { startedAt: '2099-01-01T00:00:00Z' } }],
  ['B23 a call older than the ledger', webhook({ ...kind, startedAt: '2020-01-01T00:00:00Z' }), { ...taken, kept: 'too-old' }],

  ...B24,
  ...B25,

  ['B26 a counter, today', webhook({ callId: '41', startedAt: '2026-11-25T10:00:00Z' }), { ...taken, workflowId: /^41$/ }],
  ['B26 the same counter, of a call three days before', webhook({ callId: '41', startedAt: '2026-11-22T10:00:00Z' }), { ...taken, workflowId: /^41$/ }],
  ['B26 the same counter with zeros in front', webhook({ callId: '0041' }), { ...taken, workflowId: /^0041$/ }],
];
