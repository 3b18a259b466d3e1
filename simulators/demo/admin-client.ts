import { groups, lines, people } from './stand-ins';
import type { StandIns } from './stand-ins';

/** Talks to the bridge's admin API as an admin would. */
export class AdminClient {
  constructor(
    private readonly apiUrl: string,
    private readonly key: string,
  ) {}

  /** @throws with status and body when the request is refused. */
  async ask<T = unknown>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.apiUrl}/api/v1/${route}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Makes or renews a connection to the stand-ins, with every extension and line mapped. */
  async connect(
    connection: string,
    standIns: StandIns,
    token: string,
    recordings: 'xapi' | 'by-call-id',
  ): Promise<void> {
    const { clientId, clientSecret } = standIns.pbx.control.apiClient;
    const base = `connections/${connection}`;
    await this.ask('PUT', base, {
      name: `Demo, recordings ${recordings}`,
      timeZone: 'Europe/Moscow',
      country: 'RU',
      webhookTokens: [token],
      threecx: {
        baseUrl: standIns.pbx.url,
        auth: { kind: 'client-credentials', clientId, clientSecret },
        recordings,
      },
      bitrix24: { auth: { kind: 'webhook', url: standIns.portal.webhookUrl } },
      rules: { fallbackUserId: 1 },
    });
    for (const { extension, userId, name } of people)
      await this.ask('PUT', `${base}/extensions/${extension}`, { userId, name });
    for (const group of groups) await this.ask('PUT', `${base}/extensions/${group}`, { kind: 'queue' });
    for (const { did, ...line } of lines) await this.ask('PUT', `${base}/lines/${did}`, line);
  }
}
