import type { Connection } from '../../domain/connection';
import { within } from '../within';
import type { ApiDependencies } from '../dependencies';
import type { FieldError } from '../problem';
import type { FormPair } from './form';

/** MongoDB's part of the time in which every webhook is answered. */
const keepMs = 1_000;
const keptBytes = 65_536;

/** What had a good token and was not understood, as it came. */
export interface Rejection {
  connection: Connection;
  status: number;
  /** e.g. `bad-field`, `body-too-large`, `unknown-event`. */
  reason: string;
  errors: FieldError[];
  event: string | null;
  contentType: string | null;
  body: Buffer;
  query: readonly FormPair[];
}

/**
 * Keeps a webhook for the operator, because the sender will not come back. Never throws: what cannot be kept is
 * counted and logged, and the sender gets the same answer.
 *
 * @returns whether it is kept.
 */
export async function keepRejected(
  { store, log, metrics, clock }: Pick<ApiDependencies, 'store' | 'log' | 'metrics' | 'clock'>,
  { connection, body, query, contentType, errors, ...rest }: Rejection,
): Promise<boolean> {
  const { status, reason } = rest;
  metrics.rejected.inc({ connection: connection.id, reason });
  const row = {
    ...rest,
    connection: connection.id,
    at: clock().toISOString(),
    errors: errors.slice(0, 50),
    contentType: contentType === null ? null : contentType.slice(0, 200),
    ...asText(body.subarray(0, keptBytes)),
    query: Object.fromEntries(query.map(([name, value]) => [name.toString(), value.toString()])),
  };
  try {
    await within(keepMs, store.rejected.insert(row), 'the database');
    return true;
  } catch (error) {
    log.error({ err: error, connection: connection.id, status, reason }, 'A webhook could not be kept');
    return false;
  }
}

function asText(bytes: Buffer): { body: string; bodyEncoding: 'utf8' | 'base64' } {
  try {
    return {
      body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
      bodyEncoding: 'utf8',
    };
  } catch {
    return { body: bytes.toString('base64'), bodyEncoding: 'base64' };
  }
}
