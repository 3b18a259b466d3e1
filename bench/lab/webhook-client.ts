import { Pool } from 'undici';

/** Sends webhooks over connections that are kept alive, as many at a time as a bench has in flight. */
export class WebhookClient {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool(url, { connections: 64, pipelining: 1 });
  }

  /** Sends one and answers with its body when its 202 is read. @throws for any other status. */
  async post<T>(path: string, fields: object, headers: Record<string, string> = {}): Promise<T> {
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    const answer = await body.text();
    if (statusCode !== 202) throw new Error(`The webhook was answered ${statusCode}: ${answer}`);
    return JSON.parse(answer) as T;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
