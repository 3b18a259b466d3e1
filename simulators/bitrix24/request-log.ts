/** One request that reached the portal. */
export interface LoggedRequest {
  id: number;
  /** Unix milliseconds, the portal's clock. */
  at: number;
  /** Lower case, e.g. `telephony.externalcall.register`; `upload` and `oauth.token` for those endpoints. */
  method: string;
  /** Parameters without credentials; file contents are replaced by their length. */
  params: Record<string, unknown>;
  /** How the caller authenticated, null when it did not get so far. */
  caller: 'webhook' | 'application' | null;
  /** HTTP status that was sent or would have been; 0 while it runs. */
  status: number;
  /** `ok`, `error: <code> <text>`, `pending`. */
  outcome: string;
  /** Whether the method ran to its end: its effect, if it has one, is in the state. */
  executed: boolean;
  /** Kinds of the faults that hit it. */
  faults: string[];
}

const secretNames = new Set(['auth', 'refresh_token', 'client_secret', 'token', 'code', 'access_token']);
const longestText = 2_000;

/** The last requests, oldest first; bounded, so that a benchmark does not fill the memory. */
export class RequestLog {
  private entries: LoggedRequest[] = [];
  private lastId = 0;
  private readonly counts = new Map<string, number>();

  /** @param capacity how many requests are kept. */
  constructor(private readonly capacity: number) {}

  /** Notes a request that has just come in. */
  open(method: string, params: Record<string, unknown>, at: number): LoggedRequest {
    this.lastId += 1;
    const entry: LoggedRequest = {
      id: this.lastId,
      at,
      method,
      params: withoutSecrets(params),
      caller: null,
      status: 0,
      outcome: 'pending',
      executed: false,
      faults: [],
    };
    this.entries.push(entry);
    if (this.entries.length > this.capacity * 2) this.entries = this.entries.slice(-this.capacity);
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1);
    return entry;
  }

  /** The kept requests, of one method (any letter case) or all. */
  list(method?: string): LoggedRequest[] {
    const kept = this.entries.slice(-this.capacity);
    return method === undefined ? kept : kept.filter((entry) => entry.method === method.toLowerCase());
  }

  /** How many requests came in for a method since the start or the last reset, kept or not. */
  count(method?: string): number {
    if (method !== undefined) return this.counts.get(method.toLowerCase()) ?? 0;
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Forgets all requests. */
  reset(): void {
    this.entries = [];
    this.counts.clear();
  }
}

function withoutSecrets(params: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    if (secretNames.has(name.toLowerCase())) continue;
    out[name] =
      typeof value === 'string' && value.length > longestText ? `<${value.length} characters>` : value;
  }
  return out;
}
