import fc from 'fast-check';
import type { CallEvent } from './call-event';
import { foldFacts } from './call-facts';
import { bitrix24Type, decideOutcome } from './call-outcome';
import { endOfLogCall, eventsOfLogCall } from './log-call-events';
import type { LogCall } from './log-calls';
import { parseCallEvent } from './parse-call-event';

let serial = 0;
const event = (patch: Partial<CallEvent>): CallEvent => ({
  event: 'call-ended',
  deliveryKey: `key-${(serial += 1)}`,
  receivedAt: '2026-03-10T10:00:00Z',
  source: 'webhook',
  direction: 'inbound',
  ...patch,
});
const typeOf = (events: CallEvent[]): number => {
  const facts = foldFacts(events);
  return bitrix24Type(facts.direction ?? 'inbound', facts);
};
const rang = event({ event: 'call-ringing', extension: '101' });
const answered = (patch: Partial<CallEvent> = {}): CallEvent =>
  event({ event: 'call-answered', extension: '101', ...patch });
const ended = (patch: Partial<CallEvent> = {}): CallEvent =>
  event({ forwarded: true, durationSeconds: 30, status: 'answered', ...patch });

describe('the type of a call in Bitrix24', () => {
  it.each<[string, number, CallEvent[]]>([
    ['nobody told of forwarding', 2, [rang, ended({ forwarded: undefined })]],
    ['somebody outside took it', 3, [rang, ended()]],
    [
      'somebody outside took it, and no other word is told',
      3,
      [ended({ durationSeconds: undefined, status: undefined })],
    ],
    ['the answer itself was outside', 3, [answered({ forwarded: true }), ended({ forwarded: undefined })]],
    ['somebody in the house answered first', 2, [rang, answered(), ended()]],
    [
      'one answer was in the house',
      2,
      [answered({ forwarded: true }), answered({ extension: '102' }), ended()],
    ],
    ['it was forwarded and not taken', 2, [rang, ended({ durationSeconds: 0, status: 'missed' })]],
    ['it was forwarded to a busy phone', 2, [rang, ended({ durationSeconds: 0, status: '486' })]],
    ['it went out', 1, [ended({ direction: 'outbound' })]],
  ])('when %s is %i, in whatever order it is told', (_, type, events) => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(typeOf(shuffled)).toBe(type);
      }),
    );
  });

  it('goes with status 200 and the seconds of talk', () => {
    expect(decideOutcome(foldFacts([rang, ended()]), 'inbound', false)).toEqual({
      statusCode: '200',
      answered: true,
      durationSeconds: 30,
    });
    const bare = foldFacts([event({ forwarded: true })]);
    expect(decideOutcome(bare, 'inbound', false)).toMatchObject({ statusCode: '200', answered: true });
  });
});

describe('a call of the log', () => {
  const call = (patch: Partial<LogCall> = {}): LogCall => ({
    callId: '00000000-01dc-27dd-cc8a-799100000029',
    joinedIds: [],
    direction: 'inbound',
    outsideNumber: '79161234567',
    startedAt: '2026-03-10T10:00:00.000Z',
    answeredAt: '2026-03-10T10:00:20.000Z',
    endedAt: '2026-03-10T10:00:50.000Z',
    rang: [{ extension: '101', at: '2026-03-10T10:00:01.000Z' }],
    talks: [{ extension: null, answeredAt: '2026-03-10T10:00:20.000Z', seconds: 30 }],
    talkSeconds: 30,
    recordingIds: [],
    ...patch,
  });
  const options = { callerNumber: '79161234567', did: null, receivedAt: '2026-03-10T10:05:00Z' };
  const inHouse = { extension: '101', answeredAt: '2026-03-10T10:00:20.000Z', seconds: 30 };

  it('that only somebody outside took is forwarded in each of its events, and belongs to whose phone rang', () => {
    const events = eventsOfLogCall(call(), options);
    expect(events.map((one) => one.forwarded)).toEqual(events.map(() => true));
    expect(endOfLogCall(call(), options)).toMatchObject({ extension: '101', status: 'answered' });
    for (const one of events) expect(typeOf([one])).toBe(3);
    expect(events.map(parseCallEvent)).toEqual(events);
  });

  it.each<[string, Partial<LogCall>]>([
    ['that somebody in the house took too', { talks: [inHouse, ...call().talks] }],
    ['that nobody took', { talks: [], answeredAt: null, talkSeconds: 0 }],
    ['that went out', { direction: 'outbound' }],
  ])('%s is not forwarded', (_, patch) => {
    expect(endOfLogCall(call(patch), options)).not.toHaveProperty('forwarded');
  });
});

it('is believed in a signal only where it is told plainly', () => {
  expect(parseCallEvent({ ...ended(), forwarded: 'yes' })).toBeNull();
  expect(parseCallEvent({ ...ended(), forwarded: true })).toMatchObject({ forwarded: true });
});
