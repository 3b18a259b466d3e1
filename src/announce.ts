import type { Logger } from 'pino';

/** Tells where everything is; a key that was just made is shown this one time, on the terminal, never in the log. */
export function announce(
  log: Logger,
  what: { apiUrl: string; uiUrl: string | null; madeKey: string | null },
): void {
  log.info(
    { api: what.apiUrl, docs: `${what.apiUrl}/docs`, temporalUi: what.uiUrl ?? undefined },
    'The bridge is ready',
  );
  if (what.madeKey !== null)
    process.stdout.write(
      `\nThe admin key of this installation, shown this once. Keep it:\n\n  ${what.madeKey}\n\n`,
    );
}
