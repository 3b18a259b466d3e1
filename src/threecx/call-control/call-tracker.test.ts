import { CallTracker } from './call-tracker';
import type { CallEvent } from '../../domain/call-event';
import type { DnState } from './participant';
import { phone } from '../../../test/support/call-control-phone';

const graceMs = 4_000;
const start = Date.parse('2026-11-24T09:00:00Z');

class Bench {
  readonly tracker = new CallTracker({ graceMs, normalise: (number) => number.replace(/\D/g, '') });
  events: CallEvent[] = [];
  private seconds = 0;

  at(seconds: number): this {
    this.seconds = seconds;
    return this.take();
  }

  sees(dn: string, id: number, status: string, more: Record<string, unknown> = {}): this {
    this.tracker.upsert(phone({ dn, id, status, ...more }), this.nowMs);
    return this.take();
  }

  loses(dn: string, id: number): this {
    this.tracker.remove(`${dn}/${id}`, this.nowMs);
    return this.take();
  }

  picture(phones: ReturnType<typeof phone>[], reconnected = true): this {
    const dns = [...new Set(['101', '102', ...phones.map(({ dn }) => dn)])];
    const states: DnState[] = dns.map((dn) => ({
      dn,
      type: dn.startsWith('r') ? 'Wroutepoint' : 'Wextension',
      participants: phones.filter((one) => one.dn === dn),
    }));
    this.tracker.snapshot(states, this.nowMs, { reconnected });
    return this.take();
  }

  /** Kind, extensions and second of each event. */
  get story(): string[] {
    return this.events.map(({ event, extension, toExtension, durationSeconds, status }) =>
      [event, extension, toExtension, durationSeconds, status].filter((part) => part !== undefined).join(' '),
    );
  }

  private get nowMs(): number {
    return start + this.seconds * 1000;
  }

  private take(): this {
    this.tracker.settle(this.nowMs);
    for (const call of this.tracker.due(this.nowMs)) this.tracker.end(call, this.nowMs);
    for (const { events } of this.tracker.takeNews()) this.events.push(...events);
    return this;
  }
}

describe('the calls behind the phones', () => {
  it('tells an inbound call: who rang, who answered, how long they talked', () => {
    const bench = new Bench().sees('101', 1, 'Ringing').at(5).sees('101', 1, 'Connected');
    bench.at(65).loses('101', 1).at(70);
    expect(bench.story).toEqual(['call-ringing 101', 'call-answered 101', 'call-ended 101 60 answered']);
    expect(bench.events[1]).toMatchObject({
      source: 'call-control',
      direction: 'inbound',
      callerNumber: '79161234567',
      did: '74951234567',
      startedAt: '2026-11-24T09:00:00.000Z',
      answeredAt: '2026-11-24T09:00:05.000Z',
    });
    expect(bench.events[2]).toMatchObject({ endedAt: '2026-11-24T09:01:05.000Z' });
    expect(bench.tracker.openCalls()).toEqual([]);
  });

  it('tells a missed call of a ring group once, for those who rang', () => {
    const bench = new Bench().sees('101', 1, 'Ringing').sees('102', 2, 'Ringing');
    bench.at(20).loses('101', 1).loses('102', 2).at(30);
    expect(bench.story).toEqual(['call-ringing 101', 'call-ringing 102', 'call-ended 101 0 missed']);
  });

  it('knows an outbound call by its dialling phone', () => {
    const more = { originated_by_dn: '101', originated_by_type: 'Wextension', party_did: '' };
    const bench = new Bench().sees('101', 1, 'Dialing', more).at(9).sees('101', 1, 'Connected', more);
    bench.at(19).loses('101', 1).at(30);
    expect(bench.story).toEqual(['call-ringing 101', 'call-answered 101', 'call-ended 101 10 answered']);
    expect(new Set(bench.events.map(({ direction }) => direction))).toEqual(new Set(['outbound']));
  });

  it('takes a blind transfer for one call, and counts talk only', () => {
    const bench = new Bench().sees('101', 1, 'Ringing').at(5).sees('101', 1, 'Connected');
    bench.at(35).loses('101', 1).at(36).sees('102', 2, 'Ringing').at(41).sees('102', 2, 'Connected');
    bench.at(50).loses('102', 2).at(60);
    expect(bench.story).toEqual([
      'call-ringing 101',
      'call-answered 101',
      'call-ringing 102',
      'call-transferred 101 102',
      'call-ended 102 39 answered',
    ]);
  });

  it('tells a transfer there and back with different keys', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(5).loses('101', 1).sees('102', 2, 'Connected');
    bench.at(9).loses('102', 2).sees('101', 3, 'Connected').at(12).loses('101', 3).at(20);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-transferred 101 102',
      'call-transferred 102 101',
      'call-ended 101 12 answered',
    ]);
    expect(new Set(bench.events.map(({ deliveryKey }) => deliveryKey)).size).toBe(4);
  });

  it('leaves a call to its talker while others listen in, and hands it on when he leaves', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(5).sees('102', 2, 'Connected');
    expect(bench.story).toEqual(['call-answered 101']);
    bench.at(9).loses('101', 1).at(12).loses('102', 2).at(20);
    expect(bench.story.slice(1)).toEqual(['call-transferred 101 102', 'call-ended 102 12 answered']);
  });

  it('drops calls among extensions, and the consultation before an attended transfer', () => {
    const inside = {
      callid: 2,
      party_dn_type: 'Wextension',
      party_did: '',
      originated_by_type: 'Wextension',
    };
    const bench = new Bench().sees('101', 1, 'Connected').at(5);
    bench.sees('101', 2, 'Dialing', { ...inside, party_caller_id: '102', originated_by_dn: '101' });
    bench.sees('102', 3, 'Ringing', { ...inside, party_caller_id: '101', originated_by_dn: '101' }).at(7);
    bench.sees('102', 3, 'Connected', { ...inside, party_caller_id: '101', originated_by_dn: '101' });
    bench.at(15).loses('101', 1).loses('101', 2).loses('102', 3).sees('102', 4, 'Connected');
    bench.at(30).loses('102', 4).at(40);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-transferred 101 102',
      'call-ended 102 30 answered',
    ]);
  });

  it('joins a consultation that becomes the call itself', () => {
    const inside = {
      callid: 2,
      party_dn_type: 'Wextension',
      party_did: '',
      party_caller_id: '101',
      originated_by_dn: '101',
      originated_by_type: 'Wextension',
    };
    const bench = new Bench().sees('101', 1, 'Connected').at(5).sees('102', 3, 'Ringing', inside);
    bench.at(7).sees('102', 3, 'Connected', inside).at(15).loses('101', 1);
    bench.sees('102', 3, 'Connected', { callid: 2, originated_by_dn: '101' }).at(30).loses('102', 3).at(40);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-transferred 101 102',
      'call-ended 102 30 answered',
    ]);
  });

  it('ignores route points, and takes a queue that shows itself for the client behind it', () => {
    const bench = new Bench().picture([phone({ dn: 'r1', id: 9, status: 'Connected' })]);
    expect(bench.tracker.openCalls()).toEqual([]);
    bench.at(20).sees('101', 1, 'Ringing', { party_dn_type: 'Wqueue', originated_by_type: '' });
    expect(bench.story).toEqual(['call-ringing 101']);
  });

  it('shows a hidden number as empty', () => {
    const bench = new Bench().sees('101', 1, 'Ringing', { party_caller_id: 'anonymous' });
    expect(bench.events[0]).toMatchObject({ callerNumber: '' });
  });

  it('changes nothing when a state is told twice, late, or after its end', () => {
    const bench = new Bench().sees('101', 1, 'Ringing').sees('101', 1, 'Ringing').at(5);
    bench.sees('101', 1, 'Connected').sees('101', 1, 'Ringing').sees('101', 1, 'Connected').at(9);
    bench.loses('101', 1).sees('101', 1, 'Connected').loses('101', 1).at(20);
    expect(bench.story).toEqual(['call-ringing 101', 'call-answered 101', 'call-ended 101 4 answered']);
  });

  it('ends what is missing in the full picture, at the instant of the picture', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(30).picture([]).at(60);
    expect(bench.story).toEqual(['call-answered 101', 'call-ended 101 30 answered']);
  });

  it('goes on with what an earlier watcher left', () => {
    const first = new Bench().sees('101', 1, 'Ringing').at(5).sees('101', 1, 'Connected');
    const left = JSON.parse(JSON.stringify(first.tracker.openCalls())) as never[];
    const options = { graceMs, normalise: (number: string) => number.replace(/\D/g, ''), calls: left };
    const second = new Bench();
    Object.assign(second, { tracker: new CallTracker(options) });
    second.at(15).picture([phone({ dn: '101', id: 1, status: 'Connected' })]);
    expect(second.story).toEqual([]);
    second.at(25).loses('101', 1).at(40);
    expect(second.story).toEqual(['call-ended 101 20 answered']);
    expect(second.events[0]?.deliveryKey).toContain(`/1~${start / 1000}/`);
  });

  it('tells two calls apart when the PBX counted from 1 again while nobody listened', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(60);
    bench.picture([phone({ dn: '102', id: 1, status: 'Connected', party_caller_id: '+79998887766' })]);
    bench.at(90).loses('102', 1).at(100);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-ended 101 60 answered',
      'call-answered 102',
      'call-ended 102 30 answered',
    ]);
    expect(new Set(bench.events.map(({ startedAt }) => startedAt)).size).toBe(2);
  });

  const others = { id: 1, status: 'Connected', party_caller_id: '+79998887766' };
  const twoCalls = [
    'call-answered 101',
    'call-ended 101 60 answered',
    'call-answered 102',
    'call-ended 102 30 answered',
  ];

  it.each([
    ['at once', 61],
    ['an hour later', 3600],
  ])('gives the number of a call that a restart tore off to the next client %s', (_name, atS) => {
    const bench = new Bench().sees('101', 1, 'Connected').at(60).picture([]);
    bench.at(atS).sees('102', 1, 'Connected', others);
    bench
      .at(atS + 30)
      .loses('102', 1)
      .at(atS + 40);
    expect(bench.story).toEqual(twoCalls);
    expect(new Set(bench.events.map(({ startedAt }) => startedAt)).size).toBe(2);
  });

  it('tells the same client apart who calls again after the restart, under the same number', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(60).picture([]).at(90);
    bench.sees('101', 1, 'Connected').at(100).loses('101', 1).at(110);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-ended 101 60 answered',
      'call-answered 101',
      'call-ended 101 10 answered',
    ]);
    const rings = new Bench().sees('101', 1, 'Connected').at(60);
    rings.picture([phone({ dn: '101', id: 1, status: 'Ringing' })]);
    expect(rings.story).toEqual(['call-answered 101', 'call-ended 101 60 answered', 'call-ringing 101']);
  });

  it('is not deceived by a phone that the restarted PBX counts like the old one', () => {
    const bench = new Bench().sees('102', 1, 'Connected').at(60);
    bench.picture([phone({ dn: '102', ...others })]);
    bench.at(90).loses('102', 1).at(100);
    expect(bench.story).toEqual(twoCalls.map((line) => line.replace('101', '102')));
  });

  it.each([
    ['a phone that showed only the queue', { party_dn_type: 'Wqueue' }, '102'],
    ['a call of a hidden number', { party_caller_id: 'anonymous' }, '103'],
  ])('is not deceived by %s', (_what, before, phoneAfter) => {
    const bench = new Bench().sees('102', 1, 'Connected', before).at(60);
    bench.picture([phone({ dn: phoneAfter, ...others })]);
    bench.at(90).loses(phoneAfter, 1).at(100);
    expect(bench.story).toEqual([
      'call-answered 102',
      'call-ended 102 60 answered',
      `call-answered ${phoneAfter}`,
      `call-ended ${phoneAfter} 30 answered`,
    ]);
  });

  it('goes on with a call that no phone was in while the socket was away', () => {
    const bench = new Bench().sees('101', 1, 'Ringing').at(20).loses('101', 1).picture([]).at(22);
    bench.sees('102', 2, 'Connected').at(52).loses('102', 2).at(60);
    expect(bench.story).toEqual(['call-ringing 101', 'call-answered 102', 'call-ended 102 30 answered']);
  });

  it('keeps the call when it was handed on while nobody listened', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(60);
    bench
      .picture([phone({ dn: '102', id: 7, status: 'Connected' })])
      .at(90)
      .loses('102', 7)
      .at(100);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-transferred 101 102',
      'call-ended 102 90 answered',
    ]);
  });

  it.each([
    ['the caller hides his number', { party_caller_id: 'anonymous' }, {}],
    ['the next phone shows the queue', {}, { party_caller_id: '800', party_dn_type: 'Wqueue' }],
  ])('keeps the call that was handed on while nobody listened though %s', (_why, before, after) => {
    const bench = new Bench().sees('101', 1, 'Connected', before).at(60);
    bench.picture([phone({ dn: '102', id: 7, status: 'Connected', ...before, ...after })]);
    bench.at(90).loses('102', 7).at(100);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-transferred 101 102',
      'call-ended 102 90 answered',
    ]);
  });

  it('takes no queue for the client, and the client behind it for no other call after a silence', () => {
    const queue = { party_caller_id: '800', party_dn_type: 'Wqueue' };
    const bench = new Bench().sees('101', 1, 'Ringing', queue).at(5);
    bench.picture([phone({ dn: '101', id: 1, status: 'Connected' })]);
    bench.at(65).loses('101', 1).at(70);
    expect(bench.story).toEqual(['call-ringing 101', 'call-answered 101', 'call-ended 101 60 answered']);
    expect(bench.events.map(({ callerNumber }) => callerNumber)).toEqual(['', '79161234567', '79161234567']);
  });

  it('gives a call that comes back after its end no second life of its own', () => {
    const bench = new Bench().sees('101', 1, 'Connected').at(9).loses('101', 1).at(20);
    bench.sees('102', 2, 'Ringing').at(25).loses('102', 2).at(40);
    expect(bench.story).toEqual([
      'call-answered 101',
      'call-ended 101 9 answered',
      'call-ringing 102',
      'call-ended 101 9 answered',
    ]);
    expect(new Set(bench.events.map(({ startedAt }) => startedAt)).size).toBe(1);
  });
});
