import { writeForm } from './form-values';
import type { Application } from './access';
import type { Portal } from './portal';

/** One event as it was sent. */
export interface SentEvent {
  event: string;
  handler: string;
  data: Record<string, unknown>;
  /** HTTP status of the handler, null when it could not be reached. Never repeated by the portal either way. */
  status: number | null;
}

/** How long a handler may take, in real milliseconds. */
const handlerTimeoutMs = 10_000;

/** Sends events to bound handlers: form-encoded, with the application token, never again when the handler fails. */
export class EventSender {
  private history: SentEvent[] = [];
  private readonly under = new Set<Promise<unknown>>();

  constructor(private readonly portal: Portal) {}

  /** Sends an event to every handler that is bound to it, of one application or of all; resolves when all have answered. */
  async emit(event: string, data: Record<string, unknown>, appId?: number | null): Promise<SentEvent[]> {
    const name = event.toUpperCase();
    const bound = this.portal.state.bindings.filter(
      (binding) => binding.event === name && (appId === undefined || binding.appId === appId),
    );
    const times = this.portal.switches.doubleEvents ? 2 : 1;
    const sendings: Promise<SentEvent>[] = [];
    for (const binding of bound) {
      const app = this.portal.access.applications.find((one) => one.id === binding.appId);
      if (app === undefined) continue;
      const body = {
        event: name,
        event_handler_id: binding.id,
        data,
        ts: Math.floor(this.portal.clock.now() / 1000),
        auth: this.addressOf(app),
      };
      for (let time = 0; time < times; time += 1) sendings.push(this.post(binding.handler, name, data, body));
    }
    return await Promise.all(sendings);
  }

  /** Sends an event without anyone waiting for it, as the queue of the real portal does. */
  emitLater(event: string, data: Record<string, unknown>): void {
    const sending = this.emit(event, data).finally(() => this.under.delete(sending));
    this.under.add(sending);
  }

  /** Posts the installation callback of an API-only application with a fresh pair of tokens. */
  async install(app: Application, userId: number, handler: string): Promise<SentEvent> {
    const tokens = this.portal.access.issue(app.id, userId);
    const data = { VERSION: 1, ACTIVE: 'Y', INSTALLED: 'Y', LANGUAGE_ID: 'de' };
    return await this.post(handler, 'ONAPPINSTALL', data, {
      event: 'ONAPPINSTALL',
      data,
      ts: Math.floor(this.portal.clock.now() / 1000),
      auth: {
        access_token: tokens.accessToken,
        refresh_token: tokens.refreshToken,
        expires: Math.floor(tokens.expiresAt / 1000),
        expires_in: 3600,
        scope: app.scopes.join(','),
        status: 'L',
        user_id: userId,
        ...this.addressOf(app),
      },
    });
  }

  /** Everything that was sent, oldest first. */
  sent(): SentEvent[] {
    return [...this.history];
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    while (this.under.size > 0) await Promise.allSettled([...this.under]);
  }

  /** Forgets what was sent. */
  reset(): void {
    this.history = [];
  }

  private addressOf(app: Application): Record<string, string> {
    return {
      domain: new URL(this.portal.origin).host,
      client_endpoint: `${this.portal.origin}/rest/`,
      server_endpoint: `${this.portal.origin}/rest/`,
      member_id: memberId,
      application_token: app.applicationToken,
    };
  }

  private async post(
    handler: string,
    event: string,
    data: Record<string, unknown>,
    body: Record<string, unknown>,
  ): Promise<SentEvent> {
    const record: SentEvent = { event, handler, data, status: null };
    this.history.push(record);
    try {
      const answer = await fetch(handler, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: writeForm(body),
        signal: AbortSignal.timeout(handlerTimeoutMs),
      });
      await answer.arrayBuffer();
      record.status = answer.status;
    } catch {
      // The portal does not tell anybody and does not try again.
    }
    this.portal.changes.notify();
    return record;
  }
}

/** Id of this portal for its applications. */
export const memberId = 'a223c6b3710f85df22e9377d6c4f7553';
