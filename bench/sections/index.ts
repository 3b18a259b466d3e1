import type { Servers } from '../lab/servers';
import type { Measure, Say } from '../measure';
import { measureBudget } from './budget';
import { measureCalls } from './calls';
import { measureHistory } from './history';
import { measureMemory } from './memory';
import { measureReplay } from './replay';
import { measureSustained } from './sustained';
import { measureWebhook } from './webhook';

/** What a section gets. */
export interface Bench {
  servers: Servers;
  say: Say;
  /** Without it a section that takes minutes is shortened, and says so. */
  full: boolean;
}

/** Every benchmark by the name that `--only` takes, in the order in which they run. */
export const sections: Record<string, (bench: Bench) => Promise<Measure[]>> = {
  replay: () => measureReplay(),
  history: ({ servers }) => measureHistory(servers),
  calls: ({ servers, say }) => measureCalls(servers, say),
  sustained: ({ servers, say }) => measureSustained(servers, say),
  memory: ({ servers, say }) => measureMemory(servers, say),
  budget: ({ servers, full, say }) => measureBudget(servers, full, say),
  // Last, because it leaves thousands of workflows behind that nobody works on.
  webhook: ({ servers, say }) => measureWebhook(servers, say),
};
