import type { Logger } from 'pino';
import { pino } from 'pino';

/** Keys whose values never reach a log line, wherever they sit up to three levels deep. */
const secretKeys = [
  'authorization',
  'token',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'password',
  'phoneNumber',
  'callerNumber',
  'url',
  'uploadUrl',
  'body',
];

/** One structured logger for API, worker and Temporal's Core. `pretty` writes one readable line per entry. */
export function createLogger(options: { level: string; format: 'json' | 'pretty' }): Logger {
  const redact = {
    paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
    censor: '***',
  };
  const base = { level: options.level, base: undefined, redact, timestamp: pino.stdTimeFunctions.isoTime };
  return options.format === 'json'
    ? pino(base, pino.destination({ dest: 1, sync: true }))
    : pino(base, prettyStream());
}

function prettyStream(): { write(line: string): void } {
  return {
    write(line) {
      const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const label = pino.levels.labels[Number(level)] ?? 'info';
      const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
      process.stdout.write(`${String(time)} ${label.padEnd(5)} ${String(msg)}${more}\n`);
    },
  };
}
