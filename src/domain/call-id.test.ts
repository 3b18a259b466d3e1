import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import type { ReportIdentity } from './call-id';
import {
  isCounterId,
  laterCallId,
  normaliseCallId,
  possibleCallIds,
  reportCallId,
  safeCallId,
  workflowIdFor,
} from './call-id';

const hash = (text: string): string => createHmac('sha256', 'key').update(text).digest('base64url');
const safe = (callId: string, callerNumber?: string, country = 'RU'): string =>
  safeCallId(callId, { callerNumber, country }, hash);

describe('the workflow id', () => {
  it('is made of the connection and the call id as it is', () => {
    expect(workflowIdFor('moscow', 'a1')).toBe('call/moscow/a1');
    expect(workflowIdFor('moscow', 'a/../b%2F:~')).toBe('call/moscow/a/../b%2F:~');
  });

  it('never mixes up two calls', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
    const id = fc.stringMatching(/^[\x21-\x7e]{1,20}$/);
    fc.assert(
      fc.property(name, id, name, id, (a, b, c, d) => {
        expect(workflowIdFor(a, b) === workflowIdFor(c, d)).toBe(a === c && b === d);
      }),
    );
  });
});

describe('a call id as sent', () => {
  it('is kept, save that a UUID goes to lower case', () => {
    expect(normaliseCallId('00000000-01DC-27DD-CC8A-799100000029')).toBe(
      '00000000-01dc-27dd-cc8a-799100000029',
    );
    expect(normaliseCallId('00000175196381E2_549589')).toBe('00000175196381E2_549589');
    expect(normaliseCallId('Call-ABC')).toBe('Call-ABC');
    expect(normaliseCallId('!')).toBe('!');
    expect(normaliseCallId('x'.repeat(128))).toBe('x'.repeat(128));
  });

  it.each(['', ' ', 'a b', 'a\n', 'ä', '😀', '\u0000', '\ud800', 'x'.repeat(129)])(
    'is refused as %j',
    (sent) => {
      expect(normaliseCallId(sent)).toBeNull();
    },
  );
});

describe('an id that contains a number', () => {
  const number = '79991234567';

  it.each([
    ['call-79991234567-1', number],
    ['89991234567', number],
    ['9991234567@pbx', number],
    ['x2511241017289991234567', number],
    ['+7-999-123-45-67/1', number],
    ['call-49301234567', '49301234567'],
    ['trunk-2345678-1', '2345678'],
    ['trunk/10012/1', '10012'],
  ])('%s of caller %s is hashed', (callId, callerNumber) => {
    const kept = safe(callId, callerNumber);
    expect(kept).toMatch(/^h-[A-Za-z0-9_-]{43}$/);
    expect(kept).toBe(safe(callId, callerNumber));
  });

  it('is hashed by the events that do not tell the number, too', () => {
    expect(safe('call-79991234567-1')).toBe(safe('call-79991234567-1', number));
    expect(safe('call-89991234567-1', '')).toBe(safe('call-89991234567-1', number));
  });

  it('differs from that of another id', () => {
    expect(safe('a-79991234567')).not.toBe(safe('b-79991234567'));
  });
});

describe('an id without a number', () => {
  it.each([
    ['call-1732525000123-9', '79991234567'],
    ['1732525000', '79991234567'],
    ['1732525000.41', undefined],
    ['250917161728_41', undefined],
    ['41', '79991234567'],
    ['call-101-41', '101'],
    ['call-100121', '10012'],
    ['e2e-20261125-101500-3', undefined],
    ['a/../b', undefined],
    ['00000000-01dc-27dd-cc8a-799912345670', '79991234567'],
    ['00000175196381E2_9991234567', '79991234567'],
  ])('%s of caller %s is used as it is', (callId, callerNumber) => {
    expect(safe(callId, callerNumber)).toBe(callId);
  });

  it.each(['.', '..', 'report-1'])('but %s, which would be taken for something else, is hashed', (callId) => {
    expect(safe(callId)).toMatch(/^h-/);
  });
});

describe('a call named from outside', () => {
  it('is looked for under the id itself and under its hash', () => {
    expect(possibleCallIds('call-79991234567', hash)).toEqual(['call-79991234567', safe('call-79991234567')]);
    expect(possibleCallIds('h-x', hash)[0]).toBe('h-x');
    expect(possibleCallIds('a b', hash)).toEqual([]);
  });

  it('is in one of them whatever the event told', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\x21-\x7e]{1,30}$/),
        fc.stringMatching(/^[0-9]{0,12}$/),
        (callId, callerNumber) => {
          const kept = safe(normaliseCallId(callId)!, callerNumber);
          expect(possibleCallIds(callId, hash)).toContain(kept);
        },
      ),
    );
  });
});

describe('ids that the PBX uses again', () => {
  it('are those of digits only', () => {
    expect(['1', '0041'].every(isCounterId)).toBe(true);
    expect(['', 'a1', '41~1', '00000175196381E2_5'].some(isCounterId)).toBe(false);
  });

  it('get the start of the later call in UTC seconds', () => {
    expect(laterCallId('41', '2026-01-31T10:00:00.900+03:00')).toBe('41~1769842800');
  });
});

describe('the id of a report without id', () => {
  const report: ReportIdentity = {
    extension: '101',
    callerNumber: '79991234567',
    direction: 'inbound',
    startedAt: '2026-01-31T10:00:00Z',
  };
  const id = (change: Partial<ReportIdentity> = {}): string => reportCallId({ ...report, ...change }, hash);

  it('shows no number and is the same for the same call', () => {
    expect(id()).toMatch(/^report-[A-Za-z0-9_-]{43}$/);
    expect(id({ startedAt: '2026-01-31T13:00:00.400+03:00' })).toBe(id());
    expect(id({ direction: undefined })).toBe(id());
  });

  it('is the same for every extension that had the call', () => {
    expect(id({ extension: '102' })).toBe(id());
    expect(id({ extension: undefined })).toBe(id());
  });

  it('differs by number, direction and start', () => {
    const ids = [
      id(),
      id({ callerNumber: '79991234568' }),
      id({ direction: 'outbound' }),
      id({ startedAt: '2026-01-31T10:00:01Z' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('differs by extension when the caller hides the number', () => {
    expect(id({ callerNumber: '', extension: '102' })).not.toBe(id({ callerNumber: '', extension: '101' }));
  });

  it('is the same for every extension that had a hidden caller’s call from its start to its end', () => {
    const hidden = { callerNumber: '', endedAt: '2026-01-31T10:01:00Z' };
    expect(id({ ...hidden, extension: '102' })).toBe(id({ ...hidden, extension: '101' }));
    expect(id({ ...hidden, endedAt: '2026-01-31T10:01:01Z' })).not.toBe(id(hidden));
  });
});
