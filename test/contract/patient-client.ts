import { setTimeout as pause } from 'node:timers/promises';
import { isHeldBack } from '../../src/bitrix24';
import type { Bitrix24Client } from '../../src/bitrix24';

const longestPauseMs = 30_000;

/** The client with a wait for the portal's limits, as Temporal has it: a portal of others is not to be hurried. */
export function patientClient(client: Bitrix24Client): Bitrix24Client {
  const patiently =
    (method: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      for (;;) {
        try {
          return await method(...args);
        } catch (error) {
          if (!isHeldBack(error) || (error.retryAfterMs ?? 0) > longestPauseMs) throw error;
          await pause(error.retryAfterMs ?? 1_000);
        }
      }
    };
  const entries = Object.entries(client as unknown as Record<string, Parameters<typeof patiently>[0]>);
  return Object.fromEntries(
    entries.map(([name, method]) => [name, patiently(method)]),
  ) as unknown as Bitrix24Client;
}
