import type { CallEvent } from '../../../src/domain/call-event';
import type { HttpCase } from '../http-case';
import { webhook } from '../http-case';

type Told = { [Field in keyof CallEvent]?: CallEvent[Field] | null };
const mobile = '79991234567';
const hidden = '';

/** What stands in the number field, and what reaches the call. */
const written: readonly (readonly [name: string, sent: unknown, told: string | Told])[] = [
  ['B30 international', '+79991234567', mobile],
  ['B30 with the trunk prefix', '89991234567', mobile],
  ['B30 with brackets and hyphens', '8 (999) 123-45-67', mobile],
  ['B30 without any prefix', '9991234567', mobile],
  ['B30 as a number of JSON', 79_991_234_567, mobile],
  ['B30 with dots', '+7.999.123.45.67', mobile],
  ['B30 with dashes of print', '+7 999 123–45—67', mobile],
  ['B30 with hard blanks', '+7\u00a0999\u202f123\u00a045\u00a067', mobile],
  ['B30 of a city', '8 (495) 123-45-67', '74951234567'],

  ['B31 with two zeros', '0079991234567', mobile],
  ['B31 with two zeros and blanks', '00 7 999 123 45 67', mobile],
  ['B31 with the way out of Russia', '8 10 49 30 901820', '4930901820'],
  ['B31 with a plus and two zeros', '+0079991234567', mobile],
  ['B31 of Germany', '0049 30 901820', '4930901820'],

  ['B32 anonymous', 'anonymous', hidden],
  ['B32 unknown', 'unknown', hidden],
  ['B32 Restricted', 'Restricted', hidden],
  ['B32 Скрытый номер', 'Скрытый номер', hidden],
  ['B32 empty', '', hidden],
  ['B32 a plus', '+', hidden],
  ['B32 a hyphen', '-', hidden],
  ['B32 zeros', '0000000000', hidden],
  ['B32 anonymous as an address', '"Anonymous" <sip:anonymous@anonymous.invalid>', hidden],
  ['B32 a name', 'Иван Петров', hidden],
  ['B32 an emoji', '📞', hidden],

  ['B33 an internal number', '101', '101'],
  ['B33 the emergency', '112', '112'],
  ['B33 a feature code', '*77', '*77'],
  ['B33 a feature code with hash', '#31#', '#31#'],
  ['B33 a number hidden by a service code', '*67+79991234567', mobile],
  ['B33 a bank', '900', '900'],
  ['B33 an internal number with zeros in front', '0101', '0101'],

  ['B34 tel:', 'tel:+79991234567', mobile],
  ['B34 tel: with context', 'tel:9991234567;phone-context=+7', mobile],
  ['B34 tel: with a context that is no code', 'tel:9991234567;phone-context=example.com', mobile],
  ['B34 sip:', 'sip:+79991234567@trunk.example.com;user=phone', mobile],
  ['B34 sip: with port and parameters', 'sip:79991234567@10.0.0.1:5060;transport=udp?x=1', mobile],
  ['B34 name and address', '"Ivan" <sip:+79991234567@pbx>', mobile],
  ['B34 an internal address', '<sip:101@pbx.example.com>', '101'],
  ['B34 an escaped plus', 'sip:%2B79991234567@pbx', mobile],
  ['B34 with an extension', '+7 999 123-45-67 ext. 12', mobile],
  ['B34 with an extension in Russian', '+7 999 123-45-67 доб. 12', mobile],
  ['B34 in quotes', '"+79991234567"', mobile],
  ['B34 Ext.101', 'Ext.101', { callerNumber: '101', direction: 'internal' }],

  ['B35 Arabic digits', '+٧٩٩٩١٢٣٤٥٦٧', mobile],
  ['B35 Persian digits', '+۷۹۹۹۱۲۳۴۵۶۷', mobile],
  ['B35 full-width digits', '＋７９９９１２３４５６７', mobile],
  ['B35 marks of direction', '\u200e+7\u200e999\u202a1234567\u202c', mobile],
  ['B35 blanks of no width', '+7\u200b999\ufeff1234567', mobile],
  ['B35 digits in circles', '⑧⑨⑨⑨①②③④⑤⑥⑦', mobile],

  ['B36 a line break behind it', '+79991234567\r\n', mobile],
  ['B36 a line of a log behind it', '+79991234567\n{"level":50,"msg":"forged"}', mobile],
  ['B36 a header behind it', '+79991234567\r\nX-Webhook-Token: x', mobile],
  ['B36 an escape sequence', '\u001b[31m+79991234567', mobile],
  ['B36 a NUL in it', '+7999\u00001234567', mobile],

  ['B37 25 digits', '1'.repeat(25), '1'.repeat(25)],
  ['B37 33 digits', '1'.repeat(33), hidden],
  ['B37 a satellite', '+883510012345678', '883510012345678'],
  ['B37 toll-free', '8-800-555-35-35', '78005553535'],
  ['B37 two numbers', '+79991234567, +79161234567', mobile],
  ['B37 two numbers with a slash', '+79991234567/+79161234567', mobile],
  ['B37 a range that nobody knows yet', '+79001234567', '79001234567'],
  ['B37 a sum of two', '+7999+1234567', mobile],

  ['B38 the company’s own line', '74951234567', '74951234567'],
];

const twin = { callId: 'a-1', extension: '101' };

/** B30 to B38: every way to write a number, or none. */
// prettier-ignore
export const phoneNumbers: readonly HttpCase[] = [
  ...written.map(([name, callerNumber, told]): HttpCase => [name, webhook({ callId: 'a-1', did: '74951234567', callerNumber }), { status: 202, callId: 'a-1', event: typeof told === 'string' ? { callerNumber: told } : told }]),
  ['B32 no field at all', webhook({ callId: 'a-1' }), { status: 202, event: { callerNumber: null } }],
  ['B32 null', webhook({ callId: 'a-1', callerNumber: null }), { status: 202, event: { callerNumber: null } }],
  ['B32 a DID of words', webhook({ callId: 'a-1', did: 'Trunk Moscow' }), { status: 202, event: { did: null } }],
  ['B37 a text of 300 characters', webhook({ callId: 'a-1', callerNumber: `+7${' '.repeat(300)}9991234567` }), { status: 400, field: 'callerNumber' }],
  ['B38 one colleague calls another', webhook({ ...twin, callerNumber: '102', direction: 'internal' }, { event: 'call-answered' }), { status: 202, event: { direction: 'internal', callerNumber: '102', extension: '101' } }],
  ['B38 a colleague calls himself', webhook({ ...twin, callerNumber: '101' }, { event: 'call-answered' }), { status: 202, event: { callerNumber: '101', extension: '101' } }],
  ['B38 the DID called itself', webhook({ ...twin, callerNumber: '+7 495 123-45-67', did: '8 (495) 123-45-67' }, { event: 'call-answered' }), { status: 202, event: { callerNumber: '74951234567', did: '74951234567' } }],
];
