/** One request that reached the PBX. */
export interface LoggedRequest {
  id: number;
  /** Unix milliseconds, the PBX's clock. */
  at: number;
  /** The name that faults use too, e.g. `token`, `recordings`, `download`. */
  endpoint: string;
  method: string;
  /** Path and query without tokens. */
  address: string;
  /** API client or user, null when it did not get so far. */
  caller: string | null;
  /** HTTP status that was sent or would have been; 0 while it runs. */
  status: number;
  /** `ok`, `error: …`, `pending`, `lost`. */
  outcome: string;
  /** Kinds of the faults that hit it. */
  faults: string[];
}

/** The last requests, oldest first; bounded, so that a benchmark does not fill the memory. */
export class RequestLog {
  private entries: LoggedRequest[] = [];
  private lastId = 0;
  private readonly counts = new Map<string, number>();

  /** @param capacity how many requests are kept. */
  constructor(private readonly capacity: number) {}

  /** Notes a request that has just come in. */
  open(endpoint: string, method: string, url: URL, at: number): LoggedRequest {
    this.lastId += 1;
    const entry: LoggedRequest = {
      id: this.lastId,
      at,
      endpoint,
      method,
      address: `${url.pathname}${url.search.replace(/(access_token=)[^&]*/g, '$1***')}`.slice(0, 2_000),
      caller: null,
      status: 0,
      outcome: 'pending',
      faults: [],
    };
    this.entries.push(entry);
    if (this.entries.length > this.capacity * 2) this.entries = this.entries.slice(-this.capacity);
    this.counts.set(endpoint, (this.counts.get(endpoint) ?? 0) + 1);
    return entry;
  }

  /** The kept requests, of one endpoint or all. */
  list(endpoint?: string): LoggedRequest[] {
    const kept = this.entries.slice(-this.capacity);
    return endpoint === undefined ? kept : kept.filter((entry) => entry.endpoint === endpoint);
  }

  /** How many requests came in for an endpoint since the start or the last reset, kept or not. */
  count(endpoint?: string): number {
    if (endpoint !== undefined) return this.counts.get(endpoint) ?? 0;
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Forgets all requests. */
  reset(): void {
    this.entries = [];
    this.counts.clear();
  }
}
