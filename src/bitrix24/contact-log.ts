import type { Logger } from 'pino';
import type { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import type { RequestContext } from './contract';

/** Reasons that say that the portal was not reached or does not work; refusals of one request do not. */
const unhealthy = new Set([
  'portal-unreachable',
  'portal-timeout',
  'answer-lost',
  'portal-fault',
  'unreadable-answer',
  'portal-redirects',
  'portal-overload-block',
  'token-server-unreachable',
  'insecure-address',
]);

/** Notes what became of requests: the connection's health and the call's list of requests. Best effort, never waited for. */
export class ContactLog {
  constructor(
    private readonly store: Store,
    private readonly log: Logger,
  ) {}

  /** One request has been sent and this is what became of it; null: it succeeded. */
  note(context: RequestContext, method: string, at: Date, error: PeerError | null): void {
    const { connection, callId, attempt } = context;
    if (callId !== null)
      this.store.calls.appendRequest(connection.id, callId, {
        method,
        at: at.toISOString(),
        attempt,
        outcome: outcomeOf(error),
      });
    if (error?.reason !== 'cancelled') this.health(context, error);
    this.log.debug(
      {
        connection: connection.id,
        callId,
        method,
        attempt,
        outcome: outcomeOf(error),
        status: error?.status,
      },
      'Bitrix24 was asked',
    );
  }

  /** The connection's health after a contact. */
  health({ connection }: RequestContext, error: PeerError | null): void {
    const ill = error !== null && (error.reaction === 'authorisation' || unhealthy.has(error.reason));
    const health = ill ? { ok: false, reason: error.reason, mend: error.mend } : { ok: true };
    this.quietly(this.store.health.report(connection.id, 'bitrix24', health));
  }

  private quietly(write: Promise<unknown>): void {
    write.catch((error: unknown) => {
      this.log.debug({ err: error }, 'A contact with Bitrix24 was not noted');
    });
  }
}

/** `ok`, or why not: the reaction alone for what is tried again by itself, the reason for the rest. */
function outcomeOf(error: PeerError | null): string {
  if (error === null) return 'ok';
  return `${error.reaction}: ${error.reason}`;
}
