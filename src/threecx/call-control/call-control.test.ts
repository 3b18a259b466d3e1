import { CallTeller } from '../../../simulators/threecx';
import { CallControlBench } from '../../../test/support/call-control-bench';
import { eventually } from '../../../test/support/eventually';
import type { TestStore } from '../../../test/support/test-store';
import { openTestStore } from '../../../test/support/test-store';
import type { Connection } from '../../domain/connection';

let stored: TestStore;
beforeAll(async () => {
  stored = await openTestStore();
});
afterAll(() => stored.close());

let bench: CallControlBench;
beforeEach(async () => {
  bench = await CallControlBench.start(stored.store);
});
afterEach(() => bench.close());

const transferred = [
  'call-ringing 101',
  'call-answered 101',
  'call-ringing 102',
  'call-transferred 101 102',
  'call-ended 102',
];

describe('what the socket tells', () => {
  it.each([
    ['nothing but paths', 'none', 1],
    ['the participant', 'object', 1],
    ['the participant in a wrapper, several times', 'wrapped', 3],
    ['paths, several times', 'none', 3],
  ] as const)('gives the same call: %s', async (_name, attachedData, upsertsPerState) => {
    bench.pbx.control.set({ attachedData, upsertsPerState });
    bench.watch();
    await bench.ready();
    await bench.play('blind-transfer');
    await bench.ended();
    expect(bench.story).toEqual(transferred);
    const [{ callid } = { callid: 0 }] = bench.pbx.control.calls;
    for (const { ref, event } of bench.told) {
      expect(ref.callId).toMatch(new RegExp(`^${callid}~\\d+$`));
      expect(ref.workflowId).toBe(`call/${bench.id}/${ref.callId}`);
      expect(event).toMatchObject({ callerNumber: '79161234567', did: '74951234567', direction: 'inbound' });
    }
  });

  it('is completed after a break: what was missed is told from the full picture', async () => {
    bench.watch();
    await bench.ready();
    await bench.play('blind-transfer', {
      onMoment: async ({ kind }) => {
        if (kind !== 'answered' && kind !== 'transferred') return;
        bench.pbx.control.dropSockets();
        await eventually(() => bench.pbx.control.phones.listenerCount === 0, 'the socket is gone');
        await eventually(() => bench.pbx.control.phones.listenerCount > 0, 'the socket is back');
      },
    });
    await bench.ended();
    expect(bench.story).toEqual(transferred);
  });

  it('tells a call that a restart of the PBX tore off and the next one under its number apart', async () => {
    bench.watch();
    await bench.ready();
    const torn = new CallTeller({ caller: '79161234567', did: '74951234567' })
      .ring('101', 1)
      .answer('101', 6)
      .end(20, null, 'torn');
    await bench.play({ name: 'torn', calls: [{ plan: torn, atS: 0, restartAtS: 20 }] });
    await bench.ended();
    await bench.ready();
    const next = new CallTeller({ caller: '79998887766', did: '74951234567' })
      .ring('102', 1)
      .answer('102', 6)
      .end(20);
    await bench.play({ name: 'next', calls: [{ plan: next, atS: 0 }] });
    await bench.ended(2);
    expect(bench.pbx.control.calls.map(({ callid }) => callid)).toEqual([1, 1]);
    expect(bench.told.map(({ event }) => `${event.event} ${event.callerNumber}`)).toEqual([
      'call-ringing 79161234567',
      'call-answered 79161234567',
      'call-ended 79161234567',
      'call-ringing 79998887766',
      'call-answered 79998887766',
      'call-ended 79998887766',
    ]);
    expect(new Set(bench.told.map(({ ref }) => ref.callId)).size).toBe(2);
  });

  it('leaves out calls among extensions', async () => {
    bench.watch();
    await bench.ready();
    await bench.play('internal');
    await bench.play('attended-transfer');
    await bench.ended();
    expect(bench.story).toEqual([
      'call-ringing 101',
      'call-answered 101',
      'call-transferred 101 102',
      'call-ended 102',
    ]);
  });

  it('does not end a call that no phone is in while the PBX still has it', async () => {
    bench.watch();
    await bench.ready();
    const call = new CallTeller({ caller: '79161234567', did: '74951234567' })
      .enter('800', 1)
      .ring('101', 2)
      .stop('101', 20)
      .ring('102', 100)
      .answer('102', 104)
      .end(200);
    await bench.play({ name: 'long-queue', calls: [{ plan: call, atS: 0 }] }, { speed: 40 });
    await bench.ended();
    expect(bench.story).toEqual([
      'call-ringing 101',
      'call-ringing 102',
      'call-answered 102',
      'call-ended 102',
    ]);
  });

  it('ends a call after the grace where the Configuration API may not be asked', async () => {
    bench.pbx.control.apiClient.scopes.splice(0, 9, 'call-control');
    bench.watch();
    await bench.ready();
    await bench.play('inbound-missed');
    await bench.ended();
    expect(bench.told.at(-1)?.event).toMatchObject({ status: 'missed', durationSeconds: 0 });
  });
});

describe('the token', () => {
  it('is replaced once when another program has taken it', async () => {
    bench.watch();
    await bench.ready();
    bench.pbx.control.mintToken();
    await eventually(() => bench.pbx.control.mintedTokens === 3, 'a new token is fetched');
    await bench.ready();
    await bench.play('inbound-answered');
    await bench.ended();
    expect(bench.pbx.control.failedLogins).toBe(0);
  });

  it('is not fetched again and again while the PBX refuses every one', async () => {
    bench.pbx.control.faults.add({ kind: 'unauthorized', endpoint: 'call-control-socket', probability: 1 });
    bench.watch();
    await eventually(async () => (await health())?.ok === false, 'the health says so');
    expect(await health()).toMatchObject({ reason: 'token-superseded' });
    expect(bench.pbx.control.mintedTokens).toBeLessThanOrEqual(2);
  });

  it('does not help without the right, and the health says what does', async () => {
    bench.pbx.control.apiClient.scopes.splice(0, 9, 'xapi');
    bench.watch();
    await eventually(async () => (await health())?.ok === false, 'the health says so');
    expect(await health()).toMatchObject({
      reason: 'call-control-right-missing',
      mend: expect.stringContaining('Call Control'),
    });
    expect(bench.watching.size).toBe(0);
  });

  const health = async (): Promise<{ ok: boolean; reason?: string } | undefined> =>
    (await stored.store.health.get(bench.id)).threecx;
});

describe('who watches', () => {
  it('is one process; another takes over in mid-call when it stops', async () => {
    const first = bench.watch();
    await bench.ready();
    bench.watch();
    await bench.play('blind-transfer', {
      onMoment: async ({ kind }) => {
        if (kind !== 'answered' || !bench.watching.has(0)) return;
        await eventually(() => bench.told.length >= 2, 'the answer is told');
        await first.stop();
        await eventually(() => bench.watching.has(1), 'the other one watches');
      },
    });
    await bench.ended();
    expect(bench.story).toEqual(transferred);
    expect(new Set(bench.told.map(({ ref }) => ref.callId)).size).toBe(1);
    expect(bench.told.map(({ by }) => by)).toEqual([0, 0, 1, 1, 1]);
  });

  it('begins and ends with the setting, without a restart', async () => {
    const [connection] = bench.connections as [Connection];
    bench.connections = [{ ...connection, threecx: { ...connection.threecx, callControl: false } }];
    bench.watch();
    bench.connections = [connection];
    await bench.ready();
    bench.connections = [];
    await eventually(() => bench.pbx.control.phones.listenerCount === 0, 'nobody watches');
    expect(bench.watching.size).toBe(0);
  });

  it('goes on while MongoDB is away', async () => {
    let away = false;
    const failing = <T extends object>(repository: T): T =>
      new Proxy(repository, {
        get: (target, name) => {
          const method = Reflect.get(target, name) as unknown;
          if (typeof method !== 'function') return method;
          return (...values: unknown[]) =>
            away
              ? Promise.reject(new Error('MongoDB is away'))
              : (method as (...all: unknown[]) => unknown).apply(target, values);
        },
      });
    const { store } = stored;
    const parts = { leases: failing(store.leases), liveCalls: failing(store.liveCalls) };
    bench.watch({
      ...store,
      ...parts,
      claims: failing(store.claims),
      tokens: failing(store.tokens),
      health: failing(store.health),
      calls: failing(store.calls),
    });
    await bench.ready();
    away = true;
    await bench.play('blind-transfer');
    await bench.ended();
    expect(bench.story).toEqual(transferred);
  });
});

describe('delivery', () => {
  it('is tried again until it succeeds, in order', async () => {
    let refusals = 2;
    bench.refuse = ({ event }) => event === 'call-answered' && (refusals -= 1) >= 0;
    bench.watch();
    await bench.ready();
    await bench.play('inbound-answered');
    await bench.ended();
    expect(bench.story).toEqual(['call-ringing 101', 'call-answered 101', 'call-ended 101']);
  });

  it('is to the call that another source told first under the history id', async () => {
    bench.watch();
    await bench.ready();
    await bench.play('inbound-answered', {
      onMoment: async ({ kind }) => {
        if (kind === 'started') await claim(historyId());
      },
    });
    await bench.ended();
    expect(new Set(bench.told.map(({ ref }) => ref.callId))).toEqual(new Set([historyId()]));
  });

  it('begins anew under the id of the other source when the claim was lost meanwhile', async () => {
    bench.watch();
    await bench.ready();
    await bench.play('inbound-answered', {
      onMoment: async ({ kind }) => {
        if (kind !== 'ringing') return;
        await eventually(() => bench.told.length > 0, 'the ring is told');
        await claim(historyId());
        await claim(bench.told[0]!.ref.callId);
      },
    });
    await eventually(() => bench.told.at(-1)?.event.event === 'call-ended', 'the call has ended');
    const under = bench.told.filter(({ ref }) => ref.callId === historyId()).map(({ event }) => event.event);
    expect(under).toEqual(['call-ringing', 'call-answered', 'call-ended']);
    expect(bench.told[0]?.ref.callId).not.toBe(historyId());
  });

  const historyId = (): string => bench.pbx.control.calls[0]!.historyId;
  const claim = (callId: string): Promise<unknown> =>
    stored.store.claims.claim(
      {
        connection: bench.id,
        callId,
        workflowId: `call/${bench.id}/${callId}`,
        callerHash: 'hash',
        startedAt: new Date(bench.pbx.control.calls[0]!.startedAt).toISOString(),
        extension: null,
        fromReport: false,
      },
      120_000,
    );
});
