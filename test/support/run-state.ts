import { rm } from 'node:fs/promises';
import type { GuardedProcess } from '../../src/embedded';

/** What the global set-up made; set-up and teardown are loaded apart, so it hangs on the process. */
const key = Symbol.for('bridge.test-run');

interface RunState {
  servers: GuardedProcess[];
  dirs: string[];
}

function state(): RunState {
  const holder = globalThis as unknown as Record<symbol, RunState | undefined>;
  return (holder[key] ??= { servers: [], dirs: [] });
}

/** Remembers a server or a folder of this test run. */
export function keepForTeardown(made: { server?: GuardedProcess; dir?: string }): void {
  if (made.server !== undefined) state().servers.push(made.server);
  if (made.dir !== undefined) state().dirs.push(made.dir);
}

/** Stops the servers and removes the folders; may be called again. */
export async function stopEverything(): Promise<void> {
  await Promise.all(
    state()
      .servers.splice(0)
      .map((server) => server.stop()),
  );
  await Promise.all(
    state()
      .dirs.splice(0)
      .map((dir) => rm(dir, { recursive: true, force: true })),
  );
}
