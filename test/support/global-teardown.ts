import { stopEverything } from './run-state';

/** Stops what the global set-up started and removes its files. */
export default async function globalTeardown(): Promise<void> {
  await stopEverything();
}
