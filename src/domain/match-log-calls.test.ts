import fc from 'fast-check';
import { historyId } from '../../simulators/threecx/history-id';
import type { LogCall } from './log-calls';
import { isSurelySame, matchLogCalls } from './match-log-calls';
import type { HashedLogCall, KnownCall } from './match-log-calls';

const baseMs = Date.parse('2026-03-10T10:00:00Z');

function logged(
  atS: number,
  callid: number,
  extra: Partial<LogCall> & { hash?: string } = {},
): HashedLogCall {
  const startMs = baseMs + atS * 1000;
  const { hash = 'ivan', ...call } = extra;
  return {
    callerHash: hash,
    call: {
      callId: historyId('v20', startMs, callid),
      joinedIds: [],
      direction: 'inbound',
      outsideNumber: '',
      startedAt: new Date(startMs).toISOString(),
      answeredAt: null,
      endedAt: new Date(startMs + 60_000).toISOString(),
      rang: [{ extension: '101', at: new Date(startMs).toISOString() }],
      talks: [],
      talkSeconds: 0,
      recordingIds: [],
      ...call,
    },
  };
}

function known(callId: string, atS: number, extra: Partial<KnownCall> = {}): KnownCall {
  return {
    callId,
    startedAtMs: baseMs + atS * 1000,
    callerHash: 'ivan',
    direction: 'inbound',
    extension: '101',
    merged: false,
    ...extra,
  };
}

function pairs(log: HashedLogCall[], ledger: KnownCall[]): (string | null)[] {
  const matched = matchLogCalls(log, ledger);
  return log.map(({ call }) => matched.get(call)?.known.callId ?? null);
}

describe('a call of the log is known', () => {
  const call = logged(0, 41);

  it.each<[string, KnownCall]>([
    ['by its history id, whatever else was told', known(call.call.callId, 5_000, { callerHash: 'x' })],
    ['by the counter and a start within the call', known('41', 45, { callerHash: null, extension: null })],
    ['by a counter that was used again', known('41~1773136800', 3)],
    ['by the id of an add-on', known('260310130000_41', 3, { callerHash: '', extension: '102' })],
    ['by a history id that somebody composed', known(historyId('v20', baseMs + 700, 41), 0.7)],
    ['by number, direction and start, under an id that tells nothing', known('crm-7781', 90)],
    ['by number and start, where the direction was not told', known('h-Zm9v', -90, { direction: null })],
    ['as a report without id', known('report-Zm9v', 6)],
    ['by extension and start, where no number was told', known('crm-7781', 20, { callerHash: '' })],
    ['by extension and start, where the number was erased', known('crm-7781', 20, { callerHash: null })],
  ])('%s', (_name, one) => {
    expect(pairs([call], [one])).toEqual([one.callId]);
  });

  it.each<[string, KnownCall]>([
    ['another number', known('crm-7781', 0, { callerHash: 'olga' })],
    ['another direction', known('crm-7781', 0, { direction: 'outbound' })],
    ['a start too far away', known('crm-7781', 130)],
    ['another history id', known(historyId('v20', baseMs + 1_000, 42), 1)],
    ['the counter of another time', known('41', 400)],
    [
      'another extension, where no number was told',
      known('crm-7781', 0, { callerHash: '', extension: '102' }),
    ],
    ['a call that lost to another', known('crm-7781', 0, { merged: true })],
  ])('not by %s', (_name, one) => {
    expect(pairs([call], [one])).toEqual([null]);
  });

  it('by the id of a call that was joined to it, but not by its internal consultation', () => {
    const joined = logged(0, 41, { joinedIds: ['00000000-aaaa-bbbb-cccc-dddd0000002a'], hash: 'olga' });
    const row = known('00000000-aaaa-bbbb-cccc-dddd0000002a', 30);
    expect(pairs([joined], [row])).toEqual([row.callId]);
    expect(pairs([joined], [{ ...row, direction: 'internal' }])).toEqual([null]);
  });

  it('when its caller hides the number: by extension and start', () => {
    const anonymous = logged(0, 41, { hash: '' });
    expect(pairs([anonymous], [known('crm-1', 10, { callerHash: '' })])).toEqual(['crm-1']);
    expect(pairs([anonymous], [known('crm-1', 10, { callerHash: '', extension: '102' })])).toEqual([null]);
  });
});

it('a call is known as well when the clock of the PBX is wrong and only ours told the start', () => {
  const call = logged(0, 41);
  for (const skewMs of [600_000, -600_000])
    for (const id of ['41', 'crm-1']) {
      const one = known(id, -skewMs / 1000);
      expect(pairs([call], [one])).toEqual([null]);
      expect([...matchLogCalls([call], [one], skewMs).values()].map((match) => match.known)).toEqual([one]);
      expect(matchLogCalls([call], [known(id, 0)], skewMs).size).toBe(1);
    }
});

describe('two calls of one client', () => {
  it('are not taken for each other when only the first was told', () => {
    const log = [logged(0, 41), logged(60, 42)];
    expect(pairs(log, [known('crm-1', 4)])).toEqual(['crm-1', null]);
    expect(pairs(log, [known('41', 4)])).toEqual(['41', null]);
  });

  it('are not taken for each other when only the second was told', () => {
    const log = [logged(0, 41), logged(60, 42)];
    expect(pairs(log, [known('crm-2', 64)])).toEqual([null, 'crm-2']);
    expect(pairs(log, [known('42', 64)])).toEqual([null, '42']);
  });

  it('find each its own, in whatever order', () => {
    const log = [logged(60, 42), logged(0, 41)];
    expect(pairs(log, [known('crm-2', 61), known('crm-1', 1)])).toEqual(['crm-2', 'crm-1']);
  });
});

describe('a call known by likeness alone', () => {
  const call = logged(0, 41, {
    talks: [{ extension: '101', answeredAt: new Date(baseMs + 10_000).toISOString(), seconds: 50 }],
  }).call;
  const open = { startedAtMs: baseMs + 2_000, extension: '101', answeredAtMs: baseMs + 11_000 };

  it('is told apart from one known by its id', () => {
    const matchedById = (one: KnownCall): boolean | undefined =>
      matchLogCalls([logged(0, 41)], [one])
        .values()
        .next().value?.byId;
    expect(matchedById(known('41', 3))).toBe(true);
    expect(matchedById(known('crm-1', 3))).toBe(false);
  });

  it('is surely the same when start, phone and answer agree', () => {
    expect(isSurelySame(call, open)).toBe(true);
    expect(isSurelySame(call, { ...open, answeredAtMs: null })).toBe(true);
  });

  it.each([
    ['it started later', { startedAtMs: baseMs + 60_000 }],
    ['it is at another phone', { extension: '102' }],
    ['it was answered at another moment', { answeredAtMs: baseMs + 40_000 }],
  ])('may be the next call of the same client when %s', (_name, change) => {
    expect(isSurelySame(call, { ...open, ...change })).toBe(false);
  });
});

it('never pairs one call twice, on either side', () => {
  const moment = fc.integer({ min: 0, max: 600 });
  const hash = fc.constantFrom('ivan', 'olga', '');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ atS: moment, hash }), { selector: ({ atS }) => atS, maxLength: 12 }),
      fc.array(fc.record({ atS: moment, hash, counter: fc.option(fc.integer({ min: 1, max: 12 })) }), {
        maxLength: 12,
      }),
      (calls, rows) => {
        const log = calls.map(({ atS, hash: callerHash }, index) =>
          logged(atS, index + 1, { hash: callerHash }),
        );
        const ledger = rows.map(({ atS, hash: callerHash, counter }, index) =>
          known(counter === null ? `crm-${index}` : `${counter}~${index}`, atS, { callerHash }),
        );
        const matched = matchLogCalls(log, ledger);
        expect(new Set([...matched.values()].map((one) => one.known)).size).toBe(matched.size);
        expect(matched.size).toBeLessThanOrEqual(Math.min(log.length, ledger.length));
      },
    ),
  );
});
