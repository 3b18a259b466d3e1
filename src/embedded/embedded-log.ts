import type { Logger } from 'pino';

/** The few log methods that this room uses; any pino logger fits. */
export type EmbeddedLog = Pick<Logger, 'info' | 'warn'>;
