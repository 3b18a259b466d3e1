import { generator } from '../common/random';

/** What goes wrong. */
export type FaultKind =
  /** The request is executed, then the connection breaks without an answer. */
  | 'lose-answer'
  /** The connection breaks before the request is executed. */
  | 'lose-request'
  /** Like lose-request, with a TCP reset. */
  | 'reset'
  /** 500 without a body. */
  | 'error-500'
  /** 502, 503 or 504 with the proxy's HTML page. */
  | 'html-502'
  | 'html-503'
  | 'html-504'
  /** 200 with HTML. */
  | 'html-200'
  /** 200 with the first half of the JSON answer. */
  | 'half-json'
  /** 200 with nothing. */
  | 'empty-body'
  /** The request is executed `ms` late (with afterCommit: the answer comes late). */
  | 'hang'
  /** 401, though the token is good. */
  | 'unauthorized'
  /** 403. */
  | 'forbidden'
  /** 302 to `location`, by default on a foreign origin. */
  | 'redirect'
  /** The token of this request expires just before it is looked at. */
  | 'expire-token'
  /** A refusal of your own: `status`, `warning`. */
  | 'refuse'
  /** Holds the request before or after it is executed until released. */
  | 'barrier'
  /** Downloads: 400 with FILE_NOT_FOUND. */
  | 'file-not-found'
  /** Downloads: the connection breaks after `bytes` of the body (default half of it). */
  | 'cut'
  /** Downloads: a whole, well-formed answer with only `bytes` of the file (default half of it). */
  | 'short-file'
  /** Downloads: Content-Length is `bytes` more than what is sent (default 1 000). */
  | 'wrong-length'
  /** Downloads: `bytesPerSecond`. */
  | 'slow';

/** One fault to be set. */
export interface FaultOptions {
  kind: FaultKind;
  /** Endpoint as in the request log (`token`, `recordings`, `download`, `call-log` …) or `*`. Default `*`. */
  endpoint?: string;
  /** How many requests it hits. Default 1; without limit when `probability` is given. */
  count?: number;
  /** How many matching requests it lets pass first. Default 0. */
  skip?: number;
  /** 0 to 1, drawn from the seeded generator for each matching request. Default 1. */
  probability?: number;
  /**
   * true: the request is executed first, and only a success is hit. Default true for the kinds that spoil an answer,
   * false for the others.
   */
  afterCommit?: boolean;
  /** hang: real milliseconds. */
  ms?: number;
  /** refuse: HTTP status, default 400. */
  status?: number;
  /** refuse: the WARNINGS.XAPI name, default REQUIRED. */
  warning?: string;
  /** redirect: default a path on the foreign origin. */
  location?: string;
  /** cut, short-file, wrong-length. */
  bytes?: number;
  /** slow. Default 10 000. */
  bytesPerSecond?: number;
  /** Hits only requests whose address (path and query, without tokens) passes; in process only. */
  match?: (address: string) => boolean;
}

/** A fault that is set. */
export interface Fault extends FaultOptions {
  id: number;
  endpoint: string;
  afterCommit: boolean;
  /** How many requests it has hit. */
  hits: number;
  /** barrier: how many requests it holds now. */
  holding: number;
}

/** A barrier in the hands of a test. */
export interface Barrier {
  id: number;
  /** Resolves when the first request is held. */
  readonly held: Promise<void>;
  /** How many requests it holds now. */
  readonly holding: number;
  /** Lets all held requests go on, and those to come pass. */
  release(): void;
}

const spoilers: FaultKind[] = [
  'lose-answer',
  'html-200',
  'half-json',
  'empty-body',
  'cut',
  'short-file',
  'wrong-length',
  'slow',
];

interface Gate {
  opened: Promise<void>;
  open: () => void;
  held: Promise<void>;
  hold: () => void;
}

/**
 * The faults that are set. Each stage of a request (before, after a success) is hit by the first fault of that stage
 * that matches, in the order of their setting.
 */
export class Faults {
  private readonly set = new Map<number, { fault: Fault; gate: Gate | null; matched: number }>();
  private lastId = 0;
  private random: () => number;

  /** @param seed of the generator behind `probability`; the same seed draws the same faults. */
  constructor(
    private readonly seed: number,
    private readonly changed: () => void,
  ) {
    this.random = generator(seed);
  }

  /** Sets a fault. Setting several for one endpoint lets them hit one after the other. */
  add(options: FaultOptions): Fault {
    this.lastId += 1;
    const fault: Fault = {
      ...options,
      id: this.lastId,
      endpoint: options.endpoint ?? '*',
      afterCommit: options.afterCommit ?? spoilers.includes(options.kind),
      hits: 0,
      holding: 0,
    };
    this.set.set(fault.id, { fault, gate: fault.kind === 'barrier' ? makeGate() : null, matched: 0 });
    return fault;
  }

  /** Sets a barrier: requests of the endpoint wait at it before (default) or after they are executed. */
  barrier(options: {
    endpoint: string;
    when?: 'before' | 'after';
    count?: number;
    match?: FaultOptions['match'];
  }): Barrier {
    const { when = 'before', count = Infinity, ...rest } = options;
    const fault = this.add({ kind: 'barrier', afterCommit: when === 'after', count, ...rest });
    const gate = this.set.get(fault.id)?.gate;
    return {
      id: fault.id,
      held: gate?.held ?? Promise.resolve(),
      get holding() {
        return fault.holding;
      },
      release: () => this.remove(fault.id),
    };
  }

  /** The fault that hits this request at this stage, if any; counts it. */
  take(stage: 'before' | 'after', endpoint: string, address: string): Fault | undefined {
    for (const entry of this.set.values()) {
      const { fault } = entry;
      if (fault.afterCommit !== (stage === 'after')) continue;
      if (fault.endpoint !== '*' && fault.endpoint !== endpoint) continue;
      if (fault.match !== undefined && !fault.match(address)) continue;
      if (fault.hits >= (fault.count ?? (fault.probability === undefined ? 1 : Infinity))) continue;
      entry.matched += 1;
      if (entry.matched <= (fault.skip ?? 0)) continue;
      if (fault.probability !== undefined && this.random() >= fault.probability) continue;
      fault.hits += 1;
      this.changed();
      return fault;
    }
    return undefined;
  }

  /** Waits at a barrier. */
  async hold(fault: Fault): Promise<void> {
    const gate = this.set.get(fault.id)?.gate;
    if (gate === null || gate === undefined) return;
    fault.holding += 1;
    gate.hold();
    this.changed();
    await gate.opened;
    fault.holding -= 1;
    this.changed();
  }

  /** The faults that are set, used up ones too. */
  list(): Fault[] {
    return [...this.set.values()].map(({ fault }) => fault);
  }

  /** Takes a fault away; a barrier lets its requests go. */
  remove(id: number): void {
    this.set.get(id)?.gate?.open();
    this.set.delete(id);
    this.changed();
  }

  /** Takes all faults away and starts the generator again. */
  clear(): void {
    for (const id of [...this.set.keys()]) this.remove(id);
    this.random = generator(this.seed);
  }
}

function makeGate(): Gate {
  let open: () => void = () => undefined;
  let hold: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const held = new Promise<void>((resolve) => (hold = resolve));
  return { opened, open, held, hold };
}
