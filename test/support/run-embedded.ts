import { lockDataDir, startEmbedded } from '../../src/embedded';
import { fail } from '../../src/config/fail';
import type { EmbeddedLog } from '../../src/embedded';

/**
 * A process of its own that holds a data folder and its embedded servers, for tests that kill it:
 * `run-embedded.ts <folder>`. Prints one line of JSON when the servers are ready; ends in order at SIGINT.
 */
async function main(dataDir: string): Promise<void> {
  const log = { info: () => undefined, warn: () => undefined } as unknown as EmbeddedLog;
  const lock = await lockDataDir(dataDir);
  const codecEndpoint = 'http://127.0.0.1:3000/codec';
  const embedded = await startEmbedded({ dataDir, temporal: true, mongodb: true, codecEndpoint, log });
  const stay = setInterval(() => undefined, 60_000);
  process.once('SIGINT', () => {
    embedded
      .stop()
      .then(() => lock.release())
      .then(() => clearInterval(stay))
      .catch(fail);
  });
  process.stdout.write(`${JSON.stringify({ temporal: embedded.temporal, mongodb: embedded.mongodb })}\n`);
}

main(process.argv[2]!).catch(fail);
