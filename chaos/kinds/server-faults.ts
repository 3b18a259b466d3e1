import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosLab, Edge } from '../lab';
import type { ProxyMode } from '../proxy';
import { shuffled } from '../../simulators/common/random';
import type { FaultKind, FaultRun } from './kind';
import { processFault } from './kind';

type ServerName = 'temporal' | 'mongod';

function killed(name: string, matrix: string, servers: ServerName[], downMs: [number, number]): FaultKind {
  return {
    name,
    matrix,
    lane: 'processes',
    run: async ({ lab, random }) => {
      await Promise.all(servers.map((server) => lab.servers.kill(server)));
      await pause(downMs[0] + random() * (downMs[1] - downMs[0]));
      await Promise.all(servers.map((server) => lab.servers.restart(server)));
      return servers.length;
    },
  };
}

function frozen(name: string, matrix: string, server: ServerName, forMs: number): FaultKind {
  return {
    name,
    matrix,
    lane: 'processes',
    run: async ({ lab }) => {
      lab.servers[server].kill('SIGSTOP');
      await pause(forMs);
      lab.servers[server].kill('SIGCONT');
      return 1;
    },
  };
}

/** A mode on some edges, until it has struck so often or the time is over. */
function edgeFault(name: string, matrix: string, edges: Edge[], mode: ProxyMode, forMs: number): FaultKind {
  return {
    name,
    matrix,
    lane: 'processes',
    run: async ({ lab, within }) => {
      const proxies = edges.map((edge) => lab.edges[edge]);
      await Promise.all(proxies.map((proxy) => proxy.set(mode)));
      if (mode.kind === 'cut-answer') await within(() => proxies.every((proxy) => proxy.hits >= mode.times));
      else await pause(forMs);
      const hits = proxies.reduce((sum, proxy) => sum + proxy.hits, 0);
      await Promise.all(proxies.map((proxy) => proxy.set({ kind: 'pass' })));
      return hits;
    },
  };
}

/** Power cut: everything is killed at once and comes back in any order. */
async function powerCut({ lab, random }: FaultRun): Promise<number> {
  const ended = await Promise.all([
    ...lab.slots.map((slot) => slot.down('SIGKILL')),
    lab.servers.kill('temporal').then(() => true),
    lab.servers.kill('mongod').then(() => true),
  ]);
  const starts: (() => Promise<unknown> | void)[] = [
    ...lab.slots.map((slot) => () => slot.up()),
    () => lab.servers.restart('temporal'),
    () => lab.servers.restart('mongod'),
  ];
  for (const start of shuffled(starts, random)) {
    await start();
    await pause(random() * 400);
  }
  await lab.allReady();
  return ended.filter(Boolean).length;
}

const oneApi = (lab: ChaosLab, random: () => number): ChaosLab['apis'][number] =>
  lab.apis[Math.floor(random() * lab.apis.length)]!;

/** What happens to APIs, to Temporal, to mongod, and between them. */
export const serverFaults: FaultKind[] = [
  processFault('api-killed', 'F08', async ({ lab, random }) => {
    const api = oneApi(lab, random);
    const ran = await api.down('SIGKILL');
    api.up();
    await lab.allReady();
    return ran ? 1 : 0;
  }),
  processFault('api-rolling-restart', 'F09', async ({ lab }) => {
    let ended = 0;
    for (const api of lab.apis) {
      if (await api.down('SIGTERM')) ended += 1;
      api.up();
      await lab.allReady();
    }
    return ended;
  }),
  processFault('all-apis-killed', 'F08', async ({ lab }) => {
    const ended = await Promise.all(lab.apis.map((api) => api.down('SIGKILL')));
    for (const api of lab.apis) api.up();
    await lab.allReady();
    return ended.filter(Boolean).length;
  }),
  processFault('api-frozen', 'F13', async ({ lab, random }) => {
    const api = oneApi(lab, random);
    const stopped = api.signal('SIGSTOP');
    await pause(4_000);
    api.signal('SIGCONT');
    return stopped ? 1 : 0;
  }),
  killed('temporal-killed', 'F14', ['temporal'], [500, 5_000]),
  frozen('temporal-frozen', 'F16', 'temporal', 5_000),
  edgeFault(
    'temporal-answer-lost',
    'F17',
    ['apiTemporal'],
    { kind: 'cut-answer', afterBytes: 20, times: 2 },
    0,
  ),
  edgeFault('temporal-slow', 'F18', ['apiTemporal', 'workerTemporal'], { kind: 'delay', ms: 2_000 }, 6_000),
  edgeFault('temporal-refuses', 'F18', ['apiTemporal', 'workerTemporal'], { kind: 'refuse' }, 3_000),
  killed('mongod-killed', 'F23', ['mongod'], [500, 5_000]),
  frozen('mongod-frozen', 'F24', 'mongod', 5_000),
  edgeFault(
    'mongod-answer-lost',
    'F25',
    ['apiMongod', 'workerMongod'],
    { kind: 'cut-answer', afterBytes: 10, times: 2 },
    0,
  ),
  edgeFault('mongod-refuses', 'F23', ['apiMongod', 'workerMongod'], { kind: 'refuse' }, 3_000),
  killed('temporal-and-mongod-killed', 'F51', ['temporal', 'mongod'], [1_000, 3_000]),
  processFault('power-cut', 'F50', powerCut),
];
