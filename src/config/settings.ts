import path from 'node:path';
import { z } from 'zod';

/** A start that cannot work: each line names the variable and the rule it breaks. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

const port = z.coerce
  .number('must be a port number')
  .int()
  .min(0, 'must be 0 to 65535')
  .max(65535, 'must be 0 to 65535');
const days = (fallback: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number('must be a number of days').positive('must be more than 0').default(fallback);
const httpUrl = z
  .string()
  .refine((text) => /^https?:$/.test(parseUrl(text)?.protocol ?? ''), 'must be an http or https address');

const dataKeys = z
  .string()
  .refine(
    (text) => text.split(',').every((key) => isBase64Key(key.trim())),
    'must be 32 bytes in base64 (several keys: comma-separated, the first one writes)',
  );

const mongodbUri = z
  .string()
  .refine(
    (text) => /^mongodb(\+srv)?:\/\//.test(text) && databaseOf(text) !== null,
    'must be a mongodb:// address that names the database, as in mongodb://host:27017/bridge',
  );

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  PUBLIC_URL: httpUrl.optional(),
  DATA_DIR: z.string().default('.data'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port')
    .optional(),
  TEMPORAL_UI_URL: httpUrl.optional(),
  TEMPORAL_TASK_QUEUE: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, 'letters, digits, dot, hyphen and underscore, 1 to 100')
    .default('calls'),
  MONGODB_URI: mongodbUri.optional(),
  ADMIN_API_KEY: z.string().min(8, 'must have at least 8 characters').max(512).optional(),
  DATA_KEY: dataKeys.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  BITRIX24_WEBHOOK_URL: httpUrl.optional(),
  THREECX_URL: httpUrl.optional(),
  THREECX_CLIENT_ID: z.string().optional(),
  THREECX_CLIENT_SECRET: z.string().optional(),
  WEBHOOK_TOKEN: z.string().min(8, 'must have at least 8 characters').optional(),
  WORKFLOW_TIME_SCALE: z.coerce.number('must be a number').positive('must be more than 0').default(1),
  HTTP_TIMEOUT_MS: z.coerce.number('must be milliseconds').int().min(100).max(600_000).default(65_000),
  SHUTDOWN_DELAY_MS: z.coerce.number('must be milliseconds').int().min(0).max(25_000).default(0),
  LEDGER_RETENTION_DAYS: days(400),
  PERSONAL_DATA_DAYS: days(90),
  NODE_ENV: z.string().optional(),
});

/** The environment, checked. Names are those of the public contract in camel case; units are in the names. */
export interface Settings {
  host: string;
  port: number;
  /** Null: made from host and the port that was really taken. */
  publicUrl: string | null;
  dataDir: string;
  /** Null: an embedded server is started. */
  temporalAddress: string | null;
  /** Where operators open Temporal's UI: the one origin that may ask the codec endpoint. Null: the embedded one, or none. */
  temporalUiUrl: string | null;
  taskQueue: string;
  /** Null: an embedded server is started. */
  mongodbUri: string | null;
  adminApiKey: string | null;
  /** Null: kept in `DATA_DIR`. */
  dataKey: string | null;
  logLevel: z.infer<typeof variables>['LOG_LEVEL'];
  logFormat: 'json' | 'pretty';
  defaultConnection: {
    bitrix24WebhookUrl: string | null;
    threecxUrl: string | null;
    threecxClientId: string | null;
    threecxClientSecret: string | null;
    webhookToken: string | null;
  };
  timeScale: number;
  httpTimeoutMs: number;
  /** How long an API that is told to stop says so in its readiness before it stops listening. */
  shutdownDelayMs: number;
  ledgerRetentionDays: number;
  personalDataDays: number;
}

/**
 * Reads and checks the environment; an empty variable counts as not set.
 *
 * @param needsServers API or worker as a process of its own: Temporal, MongoDB and the data key must be named.
 * @throws {SettingsError} with every problem at once.
 */
export function readSettings(env: NodeJS.ProcessEnv, options: { needsServers: boolean }): Settings {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = variables.safeParse(present);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (options.needsServers)
    for (const name of ['TEMPORAL_ADDRESS', 'MONGODB_URI', 'DATA_KEY'])
      if (present[name] === undefined)
        problems.push(`${name}: must be set when API and worker run as processes of their own`);
  if (parsed.success && parsed.data.WORKFLOW_TIME_SCALE !== 1 && parsed.data.NODE_ENV !== 'test')
    problems.push('WORKFLOW_TIME_SCALE: is for tests only and refused unless NODE_ENV=test');
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  const data = parsed.data;
  return {
    host: data.HOST,
    port: data.PORT,
    publicUrl: data.PUBLIC_URL ?? null,
    dataDir: path.resolve(data.DATA_DIR),
    temporalAddress: data.TEMPORAL_ADDRESS ?? null,
    temporalUiUrl: data.TEMPORAL_UI_URL ?? null,
    taskQueue: data.TEMPORAL_TASK_QUEUE,
    mongodbUri: data.MONGODB_URI ?? null,
    adminApiKey: data.ADMIN_API_KEY ?? null,
    dataKey: data.DATA_KEY ?? null,
    logLevel: data.LOG_LEVEL,
    logFormat: data.LOG_FORMAT,
    defaultConnection: {
      bitrix24WebhookUrl: data.BITRIX24_WEBHOOK_URL ?? null,
      threecxUrl: data.THREECX_URL ?? null,
      threecxClientId: data.THREECX_CLIENT_ID ?? null,
      threecxClientSecret: data.THREECX_CLIENT_SECRET ?? null,
      webhookToken: data.WEBHOOK_TOKEN ?? null,
    },
    timeScale: data.WORKFLOW_TIME_SCALE,
    httpTimeoutMs: data.HTTP_TIMEOUT_MS,
    shutdownDelayMs: data.SHUTDOWN_DELAY_MS,
    ledgerRetentionDays: data.LEDGER_RETENTION_DAYS,
    personalDataDays: data.PERSONAL_DATA_DAYS,
  };
}

/** The database that a MongoDB URI names, or null. Works for lists of hosts, which `URL` cannot read. */
export function databaseOf(uri: string): string | null {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?/]+)/.exec(uri)?.[1];
  return name === undefined ? null : decodeURIComponent(name);
}

function isBase64Key(text: string): boolean {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) && Buffer.from(text, 'base64').length === 32;
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
