import { setTimeout as pause } from 'node:timers/promises';
import { shuffled } from '../../simulators/common/random';
import type { ChaosLab } from '../lab';
import type { ServerName } from '../servers';
import type { FaultKind, FaultRun, Target } from './kind';

async function killServers(lab: ChaosLab, servers: ServerName[]): Promise<void> {
  await Promise.all(servers.map((server) => lab.servers.kill(server)));
  for (const target of servers) lab.kills.push({ target, inFlight: false });
}

function killed(
  [name, matrix, what]: [string, string, string],
  servers: ServerName[],
  [leastMs, mostMs]: [number, number],
): FaultKind {
  return {
    ...{ name, matrix, what, lane: 'kills', target: servers[0]!, quick: true },
    run: async ({ lab, random }) => {
      await killServers(lab, servers);
      await pause(leastMs + random() * (mostMs - leastMs));
      await Promise.all(servers.map((server) => lab.servers.restart(server)));
      return servers.length;
    },
  };
}

function frozen(name: string, matrix: string, server: ServerName, forMs: number): FaultKind {
  return {
    ...{ name, matrix, lane: 'hindrances', quick: true },
    what: `${server} stopped for ${forMs / 1_000} s (SIGSTOP)`,
    run: async ({ lab }) => {
      const stopped = lab.servers[server];
      stopped.kill('SIGSTOP');
      await pause(forMs);
      stopped.kill('SIGCONT');
      return 1;
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
  for (const target of ['worker', 'api', 'temporal', 'mongod'] as const)
    lab.kills.push({ target, inFlight: false });
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

async function killApis(lab: ChaosLab, apis: ChaosLab['apis']): Promise<number> {
  const ended = await Promise.all(apis.map((api) => api.down('SIGKILL')));
  if (ended.some(Boolean)) lab.kills.push({ target: 'api', inFlight: false });
  for (const api of apis) api.up();
  await lab.allReady();
  return ended.filter(Boolean).length;
}

const kills = (target: Target): Pick<FaultKind, 'lane' | 'target'> => ({ lane: 'kills', target });

function killOneApi({ lab, random }: FaultRun): Promise<number> {
  return killApis(lab, [oneApi(lab, random)]);
}

function killAllApis({ lab }: FaultRun): Promise<number> {
  return killApis(lab, lab.apis);
}

async function restartApis({ lab }: FaultRun): Promise<number> {
  let ended = 0;
  for (const api of lab.apis) {
    if (await api.down('SIGTERM')) ended += 1;
    api.up();
    await lab.allReady();
  }
  return ended;
}

async function freezeApi({ lab, random }: FaultRun): Promise<number> {
  const api = oneApi(lab, random);
  const stopped = api.signal('SIGSTOP');
  await pause(4_000);
  api.signal('SIGCONT');
  return stopped ? 1 : 0;
}

/** What happens to APIs, to Temporal and to mongod. */
export const serverFaults: FaultKind[] = [
  {
    ...{ name: 'api-killed', matrix: 'F08', ...kills('api'), quick: true },
    what: 'kill -9 of one API',
    run: killOneApi,
  },
  {
    ...{ name: 'all-apis-killed', matrix: 'F08', ...kills('api'), quick: true },
    what: 'kill -9 of both APIs at once: connections are refused until one is back',
    run: killAllApis,
  },
  {
    ...{ name: 'api-rolling-restart', matrix: 'F09', ...kills('api') },
    what: 'SIGTERM to one API after the other',
    run: restartApis,
  },
  {
    ...{ name: 'api-frozen', matrix: 'F13', lane: 'hindrances', quick: true },
    what: 'one API stopped for 4 s (SIGSTOP): it takes connections and answers none',
    run: freezeApi,
  },
  killed(
    ['temporal-killed', 'F14', 'kill -9 of Temporal, back after up to 5 s on the same file'],
    ['temporal'],
    [500, 5_000],
  ),
  killed(
    ['mongod-killed', 'F23', 'kill -9 of mongod, back after up to 5 s on the same data'],
    ['mongod'],
    [500, 5_000],
  ),
  killed(
    ['temporal-and-mongod-killed', 'F51', 'both at once: webhooks have nowhere to go'],
    ['temporal', 'mongod'],
    [1_000, 3_000],
  ),
  frozen('temporal-frozen', 'F16', 'temporal', 5_000),
  frozen('mongod-frozen', 'F24', 'mongod', 5_000),
  {
    ...{ name: 'power-cut', matrix: 'F50', ...kills('mongod') },
    what: 'kill -9 of everything at once; it comes back in any order',
    run: powerCut,
  },
];
