import { generator } from './random';

/** What every fault counts, whatever it spoils. */
export interface CountedFault {
  id: number;
  kind: string;
  /** How many requests it hits. Default 1; without limit when `probability` is given. */
  count?: number;
  /** How many matching requests it lets pass first. Default 0. */
  skip?: number;
  /** 0 to 1, drawn from the seeded generator for each matching request. Default 1. */
  probability?: number;
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

interface Gate {
  opened: Promise<void>;
  open: () => void;
  held: Promise<void>;
  hold: () => void;
}

/** The faults of one stand-in: counted, drawn by a seed, with barriers. What they match is the stand-in's matter. */
export class FaultSet<F extends CountedFault> {
  private readonly set = new Map<number, { fault: F; gate: Gate | null; matched: number }>();
  private lastId = 0;
  private random: () => number;

  /** @param seed of the generator behind `probability`; the same seed draws the same faults. */
  constructor(
    private readonly seed: number,
    private readonly changed: () => void,
  ) {
    this.random = generator(seed);
  }

  /** Waits at a barrier. */
  async hold(fault: F): Promise<void> {
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
  list(): F[] {
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

  /** Sets a fault under the next id. */
  protected keep(make: (counted: Pick<F, 'id' | 'hits' | 'holding'>) => F): F {
    this.lastId += 1;
    const fault = make({ id: this.lastId, hits: 0, holding: 0 });
    this.set.set(fault.id, { fault, gate: fault.kind === 'barrier' ? makeGate() : null, matched: 0 });
    return fault;
  }

  /** The handle of a barrier that was set. */
  protected handleOf(fault: F): Barrier {
    return {
      id: fault.id,
      held: this.set.get(fault.id)?.gate?.held ?? Promise.resolve(),
      get holding() {
        return fault.holding;
      },
      release: () => this.remove(fault.id),
    };
  }

  /** The first fault, in the order of their setting, that matches and is due; counts it. */
  protected takeFirst(matches: (fault: F) => boolean): F | undefined {
    for (const entry of this.set.values()) {
      const { fault } = entry;
      if (!matches(fault)) continue;
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
}

function makeGate(): Gate {
  let open: () => void = () => undefined;
  let hold: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const held = new Promise<void>((resolve) => (hold = resolve));
  return { opened, open, held, hold };
}
