import fc from 'fast-check';
import { callEventSchema } from '../../test/support/call-event-schema';
import { bitrix24StatusCodes, callEventKinds, directions, statusWords } from './call-event';
import { parseCallEvent } from './parse-call-event';

const two = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
const instant = fc
  .tuple(fc.constantFrom('1900', '2000', '2023', '2024', '20'), two(14), two(33), two(25), two(61), two(61))
  .chain(([year, month, day, hour, minute, second]) =>
    fc
      .constantFrom('Z', '+03:00', '-23:59', '+24:00', '', 'z', '+0300')
      .chain((zone) =>
        fc
          .constantFrom('', '.5', '.123456', '.')
          .map((part) => `${year}-${month}-${day}T${hour}:${minute}:${second}${part}${zone}`),
      ),
  );
const good = fc.constantFrom('2026-01-31T10:00:00.900+03:00', '2024-02-29T23:59:59Z');
const odd = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, true, '', [], {}, 0.5, -1, 2 ** 60));
const mostly = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: values, weight: 30 }, { arbitrary: odd, weight: 1 });
const instants = mostly(fc.oneof({ arbitrary: good, weight: 9 }, instant));
const text = mostly(fc.string());
const payload = fc.record(
  {
    event: mostly(fc.constantFrom(...callEventKinds)),
    deliveryKey: mostly(fc.string({ minLength: 1, maxLength: 300, size: 'max' })),
    receivedAt: instants,
    source: mostly(fc.constantFrom('webhook', 'x'.repeat(32), 'x'.repeat(33))),
    extension: text,
    toExtension: text,
    callerNumber: text,
    direction: mostly(fc.constantFrom(...directions)),
    did: text,
    startedAt: instants,
    answeredAt: instants,
    endedAt: instants,
    at: instants,
    durationSeconds: mostly(fc.nat()),
    status: mostly(fc.constantFrom(...statusWords, ...bitrix24StatusCodes)),
    recordingId: text,
    unknown: text,
  },
  { requiredKeys: ['event', 'deliveryKey', 'receivedAt', 'source'] },
);

it('takes exactly what the schema takes, and reads the same out of it', () => {
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(fc.oneof({ arbitrary: payload, weight: 20 }, odd), (sent) => {
      const expected = callEventSchema.safeParse(sent);
      if (expected.success) taken += 1;
      else refused += 1;
      expect(parseCallEvent(sent)).toEqual(expected.success ? expected.data : null);
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(taken, refused)).toBeGreaterThan(200);
});

it('knows the days of every month', () => {
  const event = { event: 'call-ended', deliveryKey: 'k', source: 'webhook' };
  fc.assert(
    fc.property(instant, (receivedAt) => {
      const sent = { ...event, receivedAt };
      expect(parseCallEvent(sent) !== null).toBe(callEventSchema.safeParse(sent).success);
    }),
    { numRuns: 5_000 },
  );
});
