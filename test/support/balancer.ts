import { request } from 'node:http';

/** What became of one request behind the balancer. */
export type BalancedAnswer = { status: number } | { failed: string };

const checkMs = 50;

/**
 * A load balancer as people put one in front of two APIs: it asks `/health/ready`, sends in turn to those that answer 200,
 * each request over a connection of its own, and repeats nothing.
 */
export class Balancer {
  private readonly ready = new Set<string>();
  private readonly timer: NodeJS.Timeout;
  private checking = false;
  private turn = 0;

  /** @param upstreams addresses of APIs, such as `http://127.0.0.1:3000`. */
  constructor(private readonly upstreams: readonly string[]) {
    this.timer = setInterval(() => void this.check(), checkMs);
  }

  /** How many upstreams get requests now. */
  get size(): number {
    return this.ready.size;
  }

  /** Sends one POST to the next upstream. Never throws. */
  post(path: string, headers: Record<string, string>, body: string): Promise<BalancedAnswer> {
    const usable = this.upstreams.filter((one) => this.ready.has(one));
    const upstream = usable[this.turn++ % usable.length];
    if (upstream === undefined) return Promise.resolve({ failed: 'no upstream is ready' });
    return post(`${upstream}${path}`, headers, body);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    await Promise.all(
      this.upstreams.map(async (one) => {
        const answer = await ask(`${one}/health/ready`, 'GET', {}, '');
        if ('status' in answer && answer.status === 200) this.ready.add(one);
        else this.ready.delete(one);
      }),
    );
    this.checking = false;
  }
}

/** Sends one POST over a connection of its own. Never throws. */
export function post(url: string, headers: Record<string, string>, body: string): Promise<BalancedAnswer> {
  return ask(url, 'POST', headers, body);
}

function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<BalancedAnswer> {
  return new Promise((resolve) => {
    const sent = request(url, { method, headers, agent: false, timeout: 5_000 }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0 }));
      answer.once('error', (error) => resolve({ failed: error.message }));
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.once('error', (error) => resolve({ failed: error.message }));
    sent.end(body);
  });
}
