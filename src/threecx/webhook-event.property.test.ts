import fc from 'fast-check';
import { callEventSchema } from '../../test/support/call-event-schema';
import { callEventKinds } from '../domain/call-event';
import { fieldAliases, fieldNames } from './dialects/field-aliases';
import { read } from '../../test/support/read-webhook';

const names = fieldNames.flatMap((field) => [field as string, ...fieldAliases[field]]);
const anyName = fc.oneof(
  fc.constantFrom(...names, 'event', 'user', 'id', 'usertype', '__proto__', 'constructor', 'FILES[]'),
  fc.string(),
);
const eventName = fc.option(
  fc.oneof(fc.constantFrom<string>(...callEventKinds, 'ringing', 'incoming', 'recording'), fc.string()),
);

const callId = fc.oneof(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9./:-]{1,20}$/), fc.nat().map(String));
const phone = fc
  .tuple(
    fc.constantFrom('+7', '8', '7', '007', '8 (', ''),
    fc.constantFrom('999', '495', '812'),
    fc.nat({ max: 9999999 }),
  )
  .map(([prefix, area, rest]) => `${prefix}${area}${String(rest).padStart(7, '0')}`);
const instant = fc
  .date({ min: new Date('2001-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Events as a sender means them, by canonical names. */
const told = fc.record(
  {
    callId,
    extension: fc.integer({ min: 100, max: 999 }).map(String),
    callerNumber: fc.oneof(phone, fc.constant('anonymous'), fc.constant('102')),
    direction: fc.constantFrom('1', '2', 'inbound', 'Outbound', 'internal'),
    did: phone,
    startedAt: instant,
    endedAt: instant,
    duration: fc.nat({ max: 10_000 }).map(String),
    status: fc.constantFrom('answered', 'busy', '200', '603-S', 'declined'),
    recordingId: fc.nat().map(String),
  },
  { requiredKeys: ['callId', 'extension'] },
);

describe('any webhook', () => {
  it('is answered, never thrown at, and what is accepted is a valid event', () => {
    const fields = fc.oneof(
      fc.dictionary(anyName, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: false }),
      fc.jsonValue(),
      fc.anything(),
    );
    fc.assert(
      fc.property(eventName, fields, (event, sent) => {
        const reading = read(event, sent);
        if (reading.ok) {
          expect(callEventSchema.safeParse(reading.event).success).toBe(true);
          expect(reading.ref.workflowId.length).toBeLessThanOrEqual(200);
        } else {
          expect(reading.errors.length).toBeGreaterThan(0);
          expect([400, 404]).toContain(reading.status);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('tells no number in its ids and keys', () => {
    fc.assert(
      fc.property(told, phone, (fields, number) => {
        const reading = read('call-ended', {
          ...fields,
          callId: `x-${number.replaceAll(' ', '')}-1`,
          callerNumber: number,
          deliveryId: number,
        });
        if (!reading.ok) throw new Error(JSON.stringify(reading));
        const digits = number.replace(/\D/g, '').slice(-10);
        expect(JSON.stringify([reading.ref, reading.event.deliveryKey])).not.toContain(digits);
      }),
    );
  });
});

describe('a telling', () => {
  it('means the same under any alias, in any letter case and any order', () => {
    const choice = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(told, choice, (fields, choices) => {
        let at = 0;
        const next = (): number => choices[at++ % choices.length]!;
        const respelled = Object.entries(fields).map(([name, value]) => {
          const spellings = [name, ...fieldAliases[name as keyof typeof fieldAliases]];
          const alias = spellings[next() % spellings.length]!;
          const cased = [alias, alias.toLowerCase(), alias.toUpperCase()][next() % 3]!;
          return { key: next(), entry: [cased, value] as const };
        });
        const shuffled = respelled.sort((a, b) => a.key - b.key).map(({ entry }) => entry);
        expect(read('call-answered', Object.fromEntries(shuffled))).toEqual(read('call-answered', fields));
      }),
      { numRuns: 500 },
    );
  });

  it('has the same key and id when it is told again, and another key when a fact differs', () => {
    fc.assert(
      fc.property(told, told, (one, other) => {
        const [a, again, b] = [
          read('call-answered', one),
          read('call-answered', { ...one }),
          read('call-answered', other),
        ];
        if (!a.ok || !again.ok || !b.ok) throw new Error('not accepted');
        expect(again).toEqual(a);
        const same =
          JSON.stringify([a.callId, withoutKey(a.event)]) === JSON.stringify([b.callId, withoutKey(b.event)]);
        expect(a.event.deliveryKey === b.event.deliveryKey).toBe(same);
      }),
    );
  });

  it('is changed by no unknown field', () => {
    fc.assert(
      fc.property(told, fc.string(), fc.jsonValue(), (fields, name, value) => {
        const known = new Set([...names, 'event', 'token'].map((one) => one.toLowerCase()));
        fc.pre(!known.has(name.toLowerCase()) && !/^file/i.test(name));
        const plain = read('call-answered', fields);
        const more = read('call-answered', { ...fields, [name]: value });
        expect({ ...more, ignoredFields: 0 }).toEqual({ ...plain, ignoredFields: 0 });
      }),
    );
  });
});

function withoutKey(event: object): object {
  const { deliveryKey: _, ...rest } = event as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
}
