import { setTimeout as pause } from 'node:timers/promises';
import type { Edge } from '../lab';
import type { Proxy, ProxyMode } from '../proxy';
import type { FaultKind } from './kind';

/** A mode on some edges, until it has struck so often or the time is over. */
function edgeFault(
  [name, matrix, what]: [string, string, string],
  edges: Edge[],
  mode: ProxyMode,
  forMs: number,
): FaultKind {
  return {
    ...{ name, matrix, what, lane: 'hindrances', quick: true },
    run: async ({ lab, within }) => {
      const struck = (proxy: Proxy): Promise<number> =>
        proxy.during(mode, async () => {
          if (mode.kind === 'cut-answer') await within(() => proxy.hits >= mode.times);
          else await pause(forMs);
        });
      const hits = await Promise.all(edges.map((edge) => struck(lab.edges[edge])));
      return hits.reduce((sum, one) => sum + one, 0);
    },
  };
}

const lostAnswer = (afterBytes: number): ProxyMode => ({ kind: 'cut-answer', afterBytes, times: 2 });

/** What happens between the bridge's processes and the two servers. */
export const edgeFaults: FaultKind[] = [
  edgeFault(
    [
      'temporal-answer-lost',
      'F17',
      'Temporal has taken an event and the connection breaks before it says so',
    ],
    ['apiTemporal'],
    lostAnswer(20),
    0,
  ),
  edgeFault(
    ['temporal-slow', 'F18', 'each answer of Temporal comes 2 s late, for 6 s'],
    ['apiTemporal', 'workerTemporal'],
    { kind: 'delay', ms: 2_000 },
    6_000,
  ),
  edgeFault(
    ['temporal-refuses', 'F18', 'connections to Temporal are reset and refused for 3 s'],
    ['apiTemporal', 'workerTemporal'],
    { kind: 'refuse' },
    3_000,
  ),
  edgeFault(
    ['temporal-lost-in-a-black-hole', 'F18', 'nothing gets through to or from Temporal for 4 s'],
    ['apiTemporal', 'workerTemporal'],
    { kind: 'black-hole' },
    4_000,
  ),
  edgeFault(
    ['mongod-answer-lost', 'F25', 'mongod has written and the connection breaks before it says so'],
    ['apiMongod', 'workerMongod'],
    lostAnswer(10),
    0,
  ),
  edgeFault(
    ['mongod-slow', 'F24', 'each answer of mongod comes 1 s late, for 5 s'],
    ['apiMongod', 'workerMongod'],
    { kind: 'delay', ms: 1_000 },
    5_000,
  ),
  edgeFault(
    ['mongod-refuses', 'F23', 'connections to mongod are reset and refused for 3 s'],
    ['apiMongod', 'workerMongod'],
    { kind: 'refuse' },
    3_000,
  ),
  edgeFault(
    ['webhook-answer-lost', 'F08', 'an event is taken and the sender never learns it'],
    ['front'],
    lostAnswer(10),
    0,
  ),
];
