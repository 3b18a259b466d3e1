import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { HttpProblem } from '../../src/api/problem';
import { fieldsOf } from '../../src/api/webhooks/content';
import { parseForm } from '../../src/api/webhooks/form';
import { normaliseCallId, safeCallId, workflowIdFor } from '../../src/domain/call-id';
import { normaliseNumber } from '../../src/domain/phone-number';
import { readExtension } from '../../src/threecx/dialects/read-extension';
import { readInstant } from '../../src/threecx/dialects/read-instant';
import type { AdminLab } from '../support/admin-lab';
import { openAdminLab } from '../support/admin-lab';
import { webhookHead } from './http-case';
import { checkAnswer, exchange } from './run-http-cases';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
/** Bytes of which many come near to JSON or a form. */
const nearlyContent = fc.oneof(
  bytes,
  fc.json().map((text) => Buffer.from(text)),
  fc
    .tuple(fc.json(), fc.nat(), fc.nat({ max: 255 }))
    .map(([text, at, byte]) => changed(Buffer.from(text), at, byte)),
  fc
    .string({ unit: fc.constantFrom(...'{}[]":,&=%+01aEe-. \\u\0\n') })
    .map((text) => Buffer.from(text, 'latin1')),
);

function changed(content: Buffer, at: number, byte: number): Buffer {
  if (content.length > 0) content[at % content.length] = byte;
  return content;
}

describe('B10 any bytes', () => {
  it('are fields or a refusal with 400, as JSON and as form', () => {
    fc.assert(
      fc.property(
        nearlyContent,
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded', null),
        (body, type) => {
          try {
            const fields = fieldsOf({ type, body, query: parseForm(body.toString('latin1')) });
            expect(Object.getPrototypeOf(fields)).toBeNull();
          } catch (error) {
            expect(error).toBeInstanceOf(HttpProblem);
            expect((error as HttpProblem).status).toBe(400);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  describe('over the wire', () => {
    let lab: AdminLab;
    beforeAll(async () => {
      lab = await openAdminLab();
    });
    afterAll(() => lab.close());

    it('are taken or refused as a body', async () => {
      await fc.assert(
        fc.asyncProperty(nearlyContent, async (body) => {
          const head = webhookHead(`Content-Length: ${body.length}`, 'Connection: close');
          const answer = await exchange(lab, Buffer.concat([Buffer.from(head), body]));
          expect([202, 400]).toContain(answer.status);
          checkAnswer(answer, lab, false);
        }),
        { numRuns: 150 },
      );
    });

    it('are answered below 500, wherever they stand in a request', async () => {
      const honest = Buffer.from(`${webhookHead('Content-Length: 16', 'Connection: close')}{"callId":"a-1"}`);
      const change = fc.tuple(fc.nat({ max: honest.length - 1 }), fc.nat({ max: 255 }));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
          const request = changes.reduce<Buffer>(
            (all, [at, byte]) => changed(all, at, byte),
            Buffer.concat([honest, Buffer.from('\r\n\r\n')]),
          );
          // A changed length may leave the server waiting for a body; how long it does is looked at elsewhere.
          const text = await lab.raw(request, 300);
          const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
          for (const status of statuses) expect(status).toBeLessThan(500);
        }),
        { numRuns: 150 },
      );
      expect((await fetch(`${lab.url}/health/live`)).status).toBe(200);
    });
  });
});

describe('B23 anything like a date', () => {
  const part = fc.constantFrom(
    '2026',
    '0001',
    '9999',
    '01',
    '12',
    '13',
    '31',
    '32',
    '-',
    '/',
    '.',
    ':',
    'T',
    ' ',
    'Z',
    '+03:00',
    '-14:59',
    '24',
    '60',
    '٣',
  );
  it('is no instant, or one between 2000 and 2101 that reads as itself', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const read = readInstant(parts.join(''), 'Europe/Moscow');
        if (read === null) return;
        expect(Date.parse(read)).toBeGreaterThan(Date.UTC(1999, 11, 30));
        expect(Date.parse(read)).toBeLessThan(Date.UTC(2101, 0, 2));
        expect(readInstant(read, 'Asia/Tokyo')).toBe(read);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('B24 any text as extension', () => {
  it('is refused, or one to sixteen of ours digits, stars and hashes that read as themselves', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789*#٣３²①Ⅳ ext.:\n\0x'), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), digits), (text) => {
        const read = readExtension(text);
        if (read === null) return;
        expect(read).toMatch(/^[0-9*#]{1,16}$/);
        expect(text).toContain(read);
        expect(readExtension(read)).toBe(read);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('B25 call ids', () => {
  const hash = (text: string): string => createHmac('sha256', 'key').update(text).digest('base64url');
  const workflowOf = (callId: string): string | null => {
    const kept = normaliseCallId(callId);
    const call = { callerNumber: '79991234567', country: 'RU' };
    return kept === null ? null : workflowIdFor('office', safeCallId(kept, call, hash));
  };
  const id = fc.oneof(
    fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
    fc.stringMatching(/^(report-|h-|\.{1,3}|call\/)?[a-zA-Z0-9/.~-]{0,20}$/),
    fc.uuid(),
    fc.string({ unit: 'grapheme' }),
  );

  it('give workflow ids of at most 200 visible characters', () => {
    fc.assert(
      fc.property(id, (callId) => {
        expect(workflowOf(callId) ?? 'call/office/x').toMatch(/^call\/office\/[\x21-\x7e]{1,187}$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that differ give two workflows, unless they are one UUID in two letter cases', () => {
    const twin = fc.tuple(id, fc.constantFrom(0, 1, 2, 3)).map(([callId, how]): [string, string] => {
      const changes = [callId.toUpperCase(), callId.normalize('NFD'), callId.normalize('NFC'), `${callId}/`];
      return [callId, changes[how]!];
    });
    fc.assert(
      fc.property(fc.oneof(twin, fc.tuple(id, id)), ([one, other]) => {
        const [first, second] = [workflowOf(one), workflowOf(other)];
        if (first === null || second === null) return;
        const sameUuid =
          /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(one) &&
          one.toLowerCase() === other.toLowerCase();
        expect(first === second).toBe(one === other || sameUuid);
      }),
      { numRuns: 3_000 },
    );
  });

  it('that are no ASCII are refused in either Unicode form', () => {
    expect(['caf\u00e9', 'cafe\u0301', 'ﬁ', '１'].map(workflowOf)).toEqual([null, null, null, null]);
  });
});

describe('B35 any number', () => {
  it('reads the same in the digits of another script and with marks that nobody sees', () => {
    const scripts = fc.constantFrom(0x30, 0x660, 0x6f0, 0xff10);
    const unseen = fc.constantFrom('', '\u200e', '\u200b', '\u2060', '\ufeff', '\u202a');
    const local = fc.stringMatching(/^9[0-9]{9}$/);
    fc.assert(
      fc.property(local, scripts, unseen, (national, zero, mark) => {
        const told = `+7${national}`;
        const written = [...told]
          .map((sign) => (sign === '+' ? sign : String.fromCharCode(zero + Number(sign))))
          .join(mark);
        expect(normaliseNumber(written, 'RU')).toEqual(normaliseNumber(told, 'RU'));
      }),
    );
  });
});
