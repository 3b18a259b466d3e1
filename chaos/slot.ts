import { setTimeout as pause } from 'node:timers/promises';
import { BridgeProcess } from '../test/support/bridge-process';

/** How often a process may end by itself before the run gives up on it. */
const mostCrashes = 3_000;
const restartAfterMs = 300;
const readyLines = { api: 'The bridge is ready', worker: 'The worker is ready' };

/** One place for a process of the bridge, with the supervisor that any installation has: what ends is started again. */
export class Slot {
  readonly past: BridgeProcess[] = [];
  private wanted = false;
  private more: Record<string, string> = {};
  private life: Promise<void> | null = null;
  /** Ends that nobody ordered, e.g. at a start while a server was away. */
  crashes = 0;

  constructor(
    readonly kind: 'api' | 'worker',
    readonly name: string,
    private readonly env: Record<string, string>,
    /** Folder of the build that it runs from. */
    private readonly build: string,
  ) {}

  get current(): BridgeProcess | undefined {
    return this.past.at(-1);
  }

  /** Everything that all processes of this place wrote. */
  get output(): string {
    return this.past.map((one) => one.output).join('');
  }

  /** Wants it to run, with more in its environment until the next `up`; does not wait for it. */
  up(more: Record<string, string> = {}): void {
    this.wanted = true;
    this.more = more;
    this.life ??= this.live().finally(() => (this.life = null));
  }

  get isReady(): boolean {
    return this.current?.running === true && this.current.output.includes(readyLines[this.kind]);
  }

  /** Ends it and keeps it down until `up`. False: it did not run. */
  async down(signal: NodeJS.Signals): Promise<boolean> {
    this.wanted = false;
    const ran = this.isReady;
    await this.current?.stop(signal);
    await this.life;
    return ran;
  }

  /** SIGSTOP or SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): boolean {
    const { current } = this;
    if (current?.running !== true) return false;
    return process.kill(current.pid, signal);
  }

  /** For the very end of this process: no waiting. */
  killNow(): void {
    this.wanted = false;
    const { current } = this;
    if (current?.running !== true) return;
    try {
      process.kill(current.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }

  private async live(): Promise<void> {
    while (this.wanted && this.crashes < mostCrashes) {
      const started = BridgeProcess.spawn({
        kind: this.kind,
        env: { ...this.env, ...this.more },
        build: this.build,
      });
      this.past.push(started);
      await started.ended();
      if (!this.wanted) return;
      this.crashes += 1;
      await pause(restartAfterMs);
    }
  }
}
