import type { Logger } from 'pino';

/**
 * Stops in order at SIGINT or SIGTERM, once; a second signal, or steps that take longer than `limitMs`, end the
 * process at once. Durable state is with Temporal and MongoDB, so nothing is lost by that.
 */
export function stopOnSignals(log: Logger, stop: () => Promise<void>, limitMs = 40_000): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info({ signal }, 'Stopping');
    setTimeout(() => process.exit(1), limitMs).unref();
    stop()
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        log.error({ err: error }, 'The stop did not go well');
        process.exit(1);
      });
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
