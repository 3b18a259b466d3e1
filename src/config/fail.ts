import { SettingsError } from './settings';

/** Ends a start that failed: expected reasons in one clear message, others with their stack. */
export function fail(error: unknown): never {
  const expected = error instanceof SettingsError || (error instanceof Error && 'expected' in error);
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
