import { setTimeout as pause } from 'node:timers/promises';
import { generator } from '../simulators/common/random';
import type { FaultRun, Lane } from './kinds';
import { lanes } from './kinds';
import type { ChaosLab } from './lab';
import type { Plan, PlannedFault } from './plan';
import { spareFrom, wholeCall } from './plan-calls';
import type { Sender } from './sender';

/** How long a fault waits for something to hit. */
const patienceMs = 60_000;
const progressEveryMs = 30_000;
const lookEveryMs = 20;

/** Hits by kind of the faults that were let loose. */
export type Hits = Record<string, number>;

interface Surroundings {
  say: (text: string) => void;
  stopped: AbortSignal;
}

/** Lets all faults and calls of the plan happen. */
export class FaultPhase {
  private readonly hits: Hits = {};
  private spares = 0;
  private callsAreOver = false;

  constructor(
    private readonly lab: ChaosLab,
    private readonly sender: Sender,
    private readonly plan: Plan,
    private readonly around: Surroundings,
  ) {}

  /** From the first fault to the end of the last; answers how often each kind hit. */
  async run(): Promise<Hits> {
    const { plan, sender, around } = this;
    const progress = setInterval(() => around.say(this.describeProgress()), progressEveryMs);
    const startedMs = Date.now();
    const calls = sender.playAll(plan.calls, around.stopped).then(() => (this.callsAreOver = true));
    try {
      await Promise.all([...lanes.map((lane) => this.runLane(lane, startedMs)), calls]);
      await sender.settled();
      await this.again();
    } finally {
      clearInterval(progress);
    }
    return this.hits;
  }

  private async runLane(lane: Lane, startedMs: number): Promise<void> {
    for (const fault of this.plan.lanes[lane]) {
      const waitMs = Math.max(0, startedMs + fault.atMs - Date.now());
      await pause(waitMs, undefined, { signal: this.around.stopped });
      await this.letHappen(fault);
    }
  }

  /** Kinds that never hit, because other faults held their calls up until their patience was over, get one more try. */
  private async again(): Promise<void> {
    const planned = lanes.flatMap((lane) => this.plan.lanes[lane]);
    const missed = new Map(
      planned.filter(({ kind }) => this.hits[kind.name] === 0).map((fault) => [fault.kind.name, fault]),
    );
    for (const fault of missed.values()) await this.letHappen({ ...fault, bait: this.spareFor(fault) });
  }

  private async letHappen(fault: PlannedFault): Promise<void> {
    const { lab, hits } = this;
    const { kind, seed, bait } = fault;
    const startedMs = Date.now();
    let over = false;
    const run = kind
      .run({ lab, random: generator(seed), bait, within: this.patience(startedMs) })
      .finally(() => (over = true));
    const [count] = await Promise.all([run, this.lure(fault, () => over)]);
    hits[kind.name] = (hits[kind.name] ?? 0) + count;
    this.around.say(`${kind.name}: ${count} hit(s) in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  }

  private patience(startedMs: number): FaultRun['within'] {
    return async (condition) => {
      while (!condition()) {
        this.around.stopped.throwIfAborted();
        if (Date.now() > startedMs + patienceMs) return false;
        await pause(lookEveryMs);
      }
      return true;
    };
  }

  /** The fault's own call; without one, a spare as soon as no other calls are left. */
  private async lure(fault: PlannedFault, isOver: () => boolean): Promise<void> {
    if (fault.bait !== null) return void (await this.sender.play(fault.bait));
    while (!this.callsAreOver && !isOver()) await pause(lookEveryMs);
    if (!isOver()) await this.sender.play(this.spareFor(fault));
  }

  private spareFor({ kind, seed }: PlannedFault): ReturnType<typeof wholeCall> {
    this.spares += 1;
    return { ...wholeCall(spareFrom + this.spares, generator(seed)), ...kind.cast };
  }

  private describeProgress(): string {
    const { control } = this.lab.portal;
    const megabytes = Math.round(process.memoryUsage.rss() / 1024 ** 2);
    const told = this.sender.played.length;
    return `… ${told} calls told, ${control.statistics.length} finished, ${control.openCalls.length} open; ${megabytes} MB`;
  }
}
