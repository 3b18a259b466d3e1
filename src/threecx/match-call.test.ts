import fc from 'fast-check';
import type { RecordingQuery } from './contract';
import type { Candidate, Clocks } from './match-call';
import { pickCandidates } from './match-call';

const at = (seconds: number): number => Date.UTC(2026, 2, 10, 10) + seconds * 1000;
const iso = (seconds: number): string => new Date(at(seconds)).toISOString();
const client = '79161234567';

const query = (extra: Partial<RecordingQuery> = {}): RecordingQuery => ({
  callId: 'call-1',
  direction: 'inbound',
  extensions: ['101'],
  callerNumber: client,
  did: null,
  startedAt: iso(0),
  answeredAt: iso(10),
  endedAt: iso(70),
  durationSeconds: 60,
  recordingId: null,
  ...extra,
});
const talk = (name: string, from: number, to: number | null, extra: Partial<Candidate> = {}): Named => ({
  name,
  startMs: at(from),
  endMs: to === null ? null : at(to),
  dns: ['10000', '101'],
  numbers: ['+79161234567', 'Ext.101'],
  ...extra,
});
interface Named extends Candidate {
  name: string;
}
const oneClock: Clocks = { skewMs: 0, toldBy: 'unknown', settled: false };

function pick(candidates: Named[], extra: Partial<RecordingQuery> = {}, clocks = oneClock): string {
  const picked = pickCandidates(candidates, query(extra), clocks);
  return picked.state === 'picked' ? picked.rows.map(({ name }) => name).join(' ') : picked.state;
}

it.each<[string, Named[], Partial<RecordingQuery>, string]>([
  ['the recording that begins at the answer', [talk('a', 10, 70)], {}, 'a'],
  ['a recording whose end is not told', [talk('a', 10, null)], {}, 'a'],
  ['nothing when nothing is there', [], {}, 'none'],
  ['not the call of the same client just before', [talk('before', -65, -4)], {}, 'none'],
  ['not the call of the same client just after', [talk('after', 75, 130)], {}, 'none'],
  [
    'ours between two others of the same client',
    [talk('b', -60, -1), talk('a', 10, 70), talk('c', 80, 99)],
    {},
    'a',
  ],
  ['not a call of another client', [talk('x', 10, 70, { numbers: ['+74950000000'] })], {}, 'none'],
  ['not a call that another extension took', [talk('x', 10, 70, { dns: ['102'] })], {}, 'none'],
  [
    'ours when the same number calls twice at the same time',
    [talk('x', 11, 71, { dns: ['102'] }), talk('a', 10, 70)],
    {},
    'a',
  ],
  [
    'nothing when two recordings of one person overlap',
    [talk('a', 10, 70), talk('b', 20, 90)],
    {},
    'ambiguous',
  ],
  ['one of two recordings of both sides of one talk', [talk('a', 10, 70), talk('twin', 10, 71)], {}, 'a'],
  [
    'all parts of a call that was passed on, in order',
    [talk('b', 40, 70, { dns: ['102'] }), talk('a', 10, 40)],
    { extensions: ['101', '102'] },
    'a b',
  ],
  [
    'a hidden number by person and time',
    [talk('a', 10, 70, { numbers: ['anonymous'] })],
    { callerNumber: '' },
    'a',
  ],
  [
    'a recording without internal numbers that begins at the answer',
    [talk('a', 11, 70, { dns: [] })],
    {},
    'a',
  ],
  [
    'no recording without internal numbers that begins elsewhere',
    [talk('x', 30, 70, { dns: [] })],
    {},
    'none',
  ],
  ['no recording that names nobody', [talk('x', 10, 70, { dns: [], numbers: [] })], {}, 'none'],
  ['the better of two that fit', [talk('weak', 10, 70, { dns: [] }), talk('a', 10, 70)], {}, 'a'],
  [
    'a call of which only the end was told',
    [talk('a', 9, 69)],
    { startedAt: iso(71), answeredAt: null, endedAt: iso(71) },
    'a',
  ],
])('takes %s', (_what, candidates, extra, expected) => {
  expect(pick(candidates, extra)).toBe(expected);
});

describe('a PBX whose clock is 10 minutes ahead', () => {
  const skewMs = 600_000;
  const ours = talk('ours', 10, 70);
  const later = talk('later', 610, 670);

  it.each<[string, Clocks['toldBy'], boolean, Named[], string]>([
    ['told by its clock', 'pbx', false, [later, ours], 'ours'],
    ['told by its clock, while its row is not there yet', 'pbx', false, [later], 'none'],
    ['told by our clock', 'server', false, [later, ours], 'later'],
    ['told by our clock, while its row is not there yet', 'server', false, [ours], 'none'],
    ['told by who knows which clock, while rows may still come', 'unknown', false, [later], 'none'],
    ['told by who knows which clock, when all rows are there', 'unknown', true, [later], 'later'],
    ['told by who knows which clock, with a row for each', 'unknown', true, [later, ours], 'ambiguous'],
    ['told by who knows which clock, of another length', 'unknown', true, [talk('x', 610, 640)], 'ambiguous'],
  ])('is understood for a call %s', (_what, toldBy, settled, rows, expected) => {
    expect(pick(rows, {}, { skewMs, toldBy, settled })).toBe(expected);
  });

  it('does not matter for a long talk that fits by either clock', () => {
    const long = { startedAt: iso(0), answeredAt: iso(0), endedAt: iso(3_600), durationSeconds: 3_600 };
    expect(pick([talk('a', 0, 3_600)], long, { skewMs, toldBy: 'unknown', settled: false })).toBe('a');
  });
});

it('never takes a recording of another call of the same client and person, wherever the calls lie', () => {
  // Calls of one person follow one another; ours is any of them, with its recording or without.
  const calls = fc.array(
    fc.record({ gap: fc.integer({ min: 12, max: 300 }), talk: fc.integer({ min: 1, max: 600 }) }),
    {
      minLength: 2,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(calls, fc.nat(), fc.boolean(), (plan, which, recorded) => {
      let clock = 0;
      const talks = plan.map(({ gap, talk: length }, index) => {
        const from = clock + gap;
        clock = from + length;
        return { index, from, to: clock, row: talk(String(index), from, clock) };
      });
      const ours = talks[which % talks.length]!;
      const rows = talks.filter(({ index }) => recorded || index !== ours.index).map(({ row }) => row);
      const picked = pick(rows, {
        startedAt: iso(ours.from - 3),
        answeredAt: iso(ours.from),
        endedAt: iso(ours.to),
        durationSeconds: ours.to - ours.from,
      });
      expect(picked).toBe(recorded ? String(ours.index) : 'none');
    }),
  );
});
