import fc from 'fast-check';
import { ownerExtension, personsWhoTalked } from './call-decisions';
import type { CallEvent } from './call-event';
import { foldFacts } from './call-facts';
import { callStart, decideOutcome } from './call-outcome';
import type { ResolvedExtension } from './call-steps';

const minute = (n: number): string => `2026-11-24T09:${String(n).padStart(2, '0')}:00+03:00`;

let serial = 0;
function event(kind: CallEvent['event'], facts: Partial<CallEvent> = {}): CallEvent {
  serial += 1;
  return { event: kind, deliveryKey: `key-${serial}`, receivedAt: minute(0), source: 'webhook', ...facts };
}

const everybody = new Proxy({} as Record<string, ResolvedExtension>, {
  get: (_, extension) =>
    String(extension).startsWith('8') ? { kind: 'queue' } : { kind: 'person', userId: Number(extension) },
});

const owner = (events: CallEvent[]): string | null => ownerExtension(foldFacts(events), everybody, null);

describe('how a call ended', () => {
  const told = event('call-ended', { status: 'cancelled', endedAt: minute(3) });
  const logged = event('call-ended', { status: 'missed', endedAt: minute(2), source: 'call-log' });

  it('is what the sender told, not the less that the call log of the PBX knows', () => {
    for (const events of [
      [told, logged],
      [logged, told],
    ])
      expect(foldFacts(events).status).toBe('cancelled');
    expect(foldFacts([logged]).status).toBe('missed');
  });

  it('is answered when anybody says so', () => {
    const answered = { ...logged, status: 'answered' } as const;
    expect(foldFacts([told, answered]).status).toBe('answered');
    const talk = event('call-ended', { extension: '202', durationSeconds: 120 });
    expect(foldFacts([told, talk]).status).toBe('answered');
    expect(foldFacts([talk]).status).toBeNull();
  });
});

describe('whose call it is', () => {
  it('belongs to the person who answered', () => {
    expect(
      owner([event('call-ringing', { extension: '201' }), event('call-answered', { extension: '202' })]),
    ).toBe('202');
  });

  it('belongs to the person behind the queue, not to the queue that picked up first', () => {
    expect(
      owner([event('call-answered', { extension: '800' }), event('call-answered', { extension: '201' })]),
    ).toBe('201');
  });

  it('belongs to the person who dialled when nobody took an outbound call', () => {
    const started = { extension: '201', callerNumber: '79991234567' };
    const ended = event('call-ended', { status: 'busy' });
    expect(owner([event('call-started', { ...started, direction: 'outbound' }), ended])).toBe('201');
    expect(owner([event('call-started', { ...started, direction: 'inbound' }), ended])).toBeNull();
  });

  it('follows a transfer', () => {
    const events = [
      event('call-answered', { extension: '201' }),
      event('call-transferred', { extension: '201', toExtension: '202' }),
      event('call-transferred', { extension: '202', toExtension: '203' }),
    ];
    expect(owner(events)).toBe('203');
    expect(personsWhoTalked(foldFacts(events), everybody)).toEqual(['201', '202', '203']);
  });

  it('follows a transfer that came back, by the told instants', () => {
    expect(
      owner([
        event('call-answered', { extension: '201', at: minute(1) }),
        event('call-transferred', { extension: '202', toExtension: '201', at: minute(3) }),
        event('call-transferred', { extension: '201', toExtension: '202', at: minute(2) }),
      ]),
    ).toBe('201');
  });

  it('falls to the first who rang when nobody talked', () => {
    expect(
      owner([
        event('call-ringing', { extension: '202', at: minute(2) }),
        event('call-ringing', { extension: '201', at: minute(1) }),
        event('call-ended', { status: 'missed' }),
      ]),
    ).toBe('201');
  });

  it('takes the extension of the end when no other event came', () => {
    expect(owner([event('call-ended', { extension: '201', status: 'answered', durationSeconds: 5 })])).toBe(
      '201',
    );
  });

  it('takes the extension of the last talk when every leg has an end of its own', () => {
    const missed = event('call-ended', { extension: '201', status: 'missed', endedAt: minute(2) });
    const talk = { extension: '202', status: 'answered', durationSeconds: 240, endedAt: minute(7) } as const;
    const longer = event('call-report', { extension: '203', durationSeconds: 500, endedAt: minute(6) });
    const ends = [missed, event('call-ended', talk), longer];
    const queue = event('call-ended', { extension: '800', status: 'answered', endedAt: minute(8) });
    const answer = event('call-answered', { extension: '202' });
    const anyOf = fc
      .shuffledSubarray([...ends, queue, answer], { minLength: 3 })
      .filter((told) => told.includes(ends[1]!));
    fc.assert(fc.property(anyOf, (told) => owner(told) === '202'));
    expect(personsWhoTalked(foldFacts([...ends, queue]), everybody)).toEqual(['203', '202']);
    expect(personsWhoTalked(foldFacts([...ends, queue, answer]), everybody)).toEqual(['203', '202']);
    expect(owner([event('call-ended', talk), queue, event('call-answered', { extension: '203' })])).toBe(
      '203',
    );
    expect(owner([missed, queue])).toBe('201');
    expect(owner([missed])).toBe('201');
  });

  it('does not fall back to somebody who handed the call on, although the end names him', () => {
    expect(
      owner([
        event('call-answered', { extension: '201' }),
        event('call-transferred', { extension: '201', toExtension: '202' }),
        event('call-ended', { extension: '201', durationSeconds: 30 }),
      ]),
    ).toBe('202');
  });
});

describe('the facts of a call', () => {
  const story: CallEvent[] = [
    event('call-started', {
      callerNumber: '79991234567',
      did: '74951234567',
      direction: 'inbound',
      startedAt: minute(1),
    }),
    event('call-ringing', { extension: '201', at: minute(1) }),
    event('call-ringing', { extension: '202', at: minute(2) }),
    event('call-answered', { extension: '202', answeredAt: minute(3) }),
    event('call-transferred', { extension: '202', toExtension: '203', at: minute(5) }),
    event('call-ended', { durationSeconds: 240, status: 'answered', endedAt: minute(7) }),
    event('recording-ready', { recordingId: '77' }),
  ];

  it('are the same in any order and with any repetition', () => {
    const expected = JSON.stringify(foldFacts(story));
    const shuffled = fc.shuffledSubarray(story, { minLength: story.length });
    fc.assert(
      fc.property(shuffled, (events) => {
        expect(JSON.stringify(foldFacts(events))).toBe(expected);
      }),
    );
  });

  it('follow transfers from hand to hand in any order, even when no instant is told', () => {
    const silent = [
      event('call-answered', { extension: '201' }),
      event('call-transferred', { extension: '201', toExtension: '202' }),
      event('call-transferred', { extension: '202', toExtension: '203' }),
      event('call-transferred', { extension: '203', toExtension: '204' }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(silent, { minLength: silent.length }), (events) => {
        expect(foldFacts(events).talked).toEqual(['201', '202', '203', '204']);
      }),
    );
  });

  it('name the one whom the end names as the last talker where nobody told when the answers were', () => {
    const answers = ['201', '202', '203'].map((extension) => event('call-answered', { extension }));
    const end = event('call-ended', { extension: '202', durationSeconds: 30 });
    fc.assert(
      fc.property(fc.shuffledSubarray([...answers, end], { minLength: 4 }), (events) => {
        expect(foldFacts(events).talked.at(-1)).toBe('202');
      }),
    );
  });

  it('survive the loss of anything but the end, as far as the end tells them', () => {
    const end = event('call-ended', {
      callerNumber: '79991234567',
      did: '74951234567',
      direction: 'inbound',
      startedAt: minute(1),
      endedAt: minute(7),
      extension: '203',
      durationSeconds: 240,
      status: 'answered',
    });
    const others = story.filter(({ event: kind }) => kind !== 'call-ended');
    const outcome = (events: CallEvent[]): unknown => {
      const facts = foldFacts(events);
      const { direction, callerNumber, did, startedAt, endedAt, durationSeconds, status } = facts;
      const decided = decideOutcome(facts, direction!, personsWhoTalked(facts, everybody).length > 0);
      return {
        owner: owner(events),
        callerNumber,
        did,
        startedAt,
        endedAt,
        durationSeconds,
        status,
        decided,
      };
    };
    const expected = outcome([...others, end]);
    const some = fc
      .subarray(others)
      .chain((kept) => fc.shuffledSubarray([...kept, end], { minLength: kept.length + 1 }));
    const repeated = fc
      .tuple(some, fc.subarray(story.concat(end)))
      .map(([kept, again]) => [...kept, ...again.filter((one) => kept.includes(one))]);
    fc.assert(
      fc.property(repeated, (events) => {
        expect(outcome(events)).toEqual(expected);
      }),
    );
  });

  it('are those of one call when several reports tell it, in any order', () => {
    const start = event('call-started', {
      callerNumber: '79991234567',
      did: '74951234567',
      startedAt: minute(1),
    });
    const report = (extension: string): CallEvent =>
      event('call-report', {
        extension,
        callerNumber: '79991234567',
        direction: 'inbound',
        startedAt: minute(1),
        endedAt: minute(7),
        durationSeconds: 240,
        status: 'answered',
      });
    const told = [start, report('201'), report('202')];
    const expected = JSON.stringify(foldFacts(told));
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: told.length }), (events) => {
        expect(JSON.stringify(foldFacts([...events, ...events]))).toBe(expected);
      }),
    );
    expect(foldFacts(told)).toMatchObject({ did: '74951234567', durationSeconds: 240, ended: true });
  });

  it('keep an anonymous caller apart from an untold one', () => {
    expect(foldFacts([event('call-started')]).callerNumber).toBeNull();
    expect(foldFacts([event('call-started', { callerNumber: '' })]).callerNumber).toBe('');
    expect(
      foldFacts([
        event('call-started', { callerNumber: '' }),
        event('call-answered', { callerNumber: '7999' }),
      ]).callerNumber,
    ).toBe('7999');
  });
});

describe('how a call ended', () => {
  const outcome = (facts: Partial<CallEvent>, others: CallEvent[] = []): unknown => {
    const all = foldFacts([...others, event('call-ended', facts)]);
    return decideOutcome(all, all.direction ?? 'inbound', personsWhoTalked(all, everybody).length > 0);
  };

  it.each([
    [{ status: 'answered', durationSeconds: 42 }, '200', 42],
    [{ durationSeconds: 42 }, '200', 42],
    [{ status: 'missed' }, '304', 0],
    [{ status: 'missed', durationSeconds: 15 }, '304', 0],
    [{ status: 'missed', direction: 'outbound' }, '480', 0],
    [{ status: 'busy' }, '486', 0],
    [{ status: 'declined' }, '603', 0],
    [{ status: 'cancelled' }, '603-S', 0],
    [{ status: 'failed' }, 'OTHER', 0],
    [{ status: '484' }, '484', 0],
    [{}, '304', 0],
  ] as [Partial<CallEvent>, string, number][])(
    '%j is %s with %i seconds of talk',
    (facts, statusCode, durationSeconds) => {
      expect(outcome(facts)).toMatchObject({ statusCode, durationSeconds });
    },
  );

  it('measures the talk when no duration was told', () => {
    const answered = event('call-answered', { extension: '201', answeredAt: minute(3) });
    expect(outcome({ endedAt: minute(5) }, [answered])).toMatchObject({
      statusCode: '200',
      durationSeconds: 120,
    });
  });

  it('was missed when only the queue picked up', () => {
    expect(outcome({}, [event('call-answered', { extension: '800' })])).toMatchObject({ statusCode: '304' });
  });
});

describe('when a call started', () => {
  it('is computed from the end when nothing else was told, and keeps the zone', () => {
    expect(callStart(foldFacts([event('call-ended', { endedAt: minute(5), durationSeconds: 90 })]))).toBe(
      '2026-11-24T09:03:30+03:00',
    );
  });
});
