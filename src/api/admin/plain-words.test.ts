import { z } from 'zod';
import { fieldErrors } from './field-errors';
import { plainWords } from './plain-words';

const kind = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), token: z.string() }),
  z.object({ kind: z.literal('user') }),
]);

function messageOf(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = z.strictObject({ field: schema }).safeParse({ field: value }, { error: plainWords });
  return parsed.success ? undefined : fieldErrors(parsed.error).at(0)?.message;
}

it.each<[string, z.ZodType, unknown]>([
  ['is required', z.number(), undefined],
  ['is required', z.string(), undefined],
  ['is required', z.enum(['a', 'b']), undefined],
  ['is required', z.strictObject({}), undefined],
  ['is required', kind, undefined],
  ['must be token or user', kind, {}],
  ['must be token or user', kind, { kind: 'tokens' }],
  ['is required', kind, { kind: 'token' }],
  ['must be a text', z.union([z.string(), z.null()]), 1],
  ['must be a number', z.number(), 'x'],
  ['must be a number', z.number(), null],
  ['must be a number', z.number(), Number.NaN],
  ['must be a whole number', z.number().int(), 1.5],
  ['must be a text', z.string(), ['x']],
  ['must be true or false', z.boolean(), 'true'],
  ['must be a list', z.array(z.string()), 'x'],
  ['must be an object', z.record(z.string(), z.string()), []],
  ['must be a, b or c', z.enum(['a', 'b', 'c']), 'd'],
  ['must be more than 0', z.number().positive(), 0],
  ['must be at most 168', z.number().max(168), 169],
  ['must not be empty', z.string().min(1), ''],
  ['must have at least 2 characters', z.string().min(2), 'x'],
  ['must have at most 2 characters', z.string().max(2), 'xxx'],
  ['must have at most 2 items', z.array(z.string()).max(2), ['1', '2', '3']],
  ['must be an ISO 8601 instant with its offset', z.iso.datetime({ offset: true }), 'x'],
  ['one x', z.string().regex(/^x$/, 'one x'), 'y'],
])('a value that does not fit %s (%#)', (message, schema, value) => {
  expect(messageOf(schema, value)).toBe(message);
});
