import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from './eventually';

const root = path.resolve(__dirname, '../..');
const entries = { all: 'src/main', api: 'src/main-api', worker: 'src/main-worker' } as const;

const endWithParent = pathToFileURL(path.join(__dirname, 'end-with-parent.mjs')).href;

/** Where the kernel offers it, a child dies with its parent even while it is stopped and cannot look for itself. */
const dieWithParent = ['--pdeathsig', 'KILL', '--'];
let hasSetpriv: boolean | null = null;

function command(args: string[]): [string, string[]] {
  hasSetpriv ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', [...dieWithParent, 'true'], { stdio: 'ignore', timeout: 5_000 }).status === 0;
  return hasSetpriv ? ['setpriv', [...dieWithParent, process.execPath, ...args]] : [process.execPath, args];
}

export interface BridgeProcessOptions {
  /** `npm start`, or one half of it. */
  kind: keyof typeof entries;
  env: Record<string, string>;
  /** Folder of a build; the sources by default. */
  build?: string;
  /** How long the start may take. */
  readyMs?: number;
}

/** One real process of the bridge, to be talked to and killed. */
export class BridgeProcess {
  /** Everything it wrote, standard output and error together. */
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly kind: BridgeProcessOptions['kind'],
  ) {
    child.stdout!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /** Starts it and waits until it says that it is ready. @throws with its output when it ends before that. */
  static async start(options: BridgeProcessOptions): Promise<BridgeProcess> {
    const started = BridgeProcess.spawn(options);
    await started.ready(options.readyMs ?? 60_000);
    return started;
  }

  /** Starts it and waits for nothing. */
  static spawn({ kind, env, build }: BridgeProcessOptions): BridgeProcess {
    const program =
      build === undefined
        ? ['--import', 'tsx', path.join(root, `${entries[kind]}.ts`)]
        : [path.join(build, `${entries[kind]}.js`)];
    const child = spawn(...command(['--import', endWithParent, ...program]), {
      cwd: build ?? root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'test', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new BridgeProcess(child, kind);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Address of the API, from its own announcement. */
  get url(): string {
    const line = this.lines().find((entry) => entry.msg === 'The bridge is ready');
    if (typeof line?.api !== 'string') throw new Error(`The bridge announced no address:\n${this.output}`);
    return line.api;
  }

  /** The structured lines of the log. */
  lines(): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Sends a signal and waits until the process is gone; its exit code, null when the signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.running) {
      const gone = once(this.child, 'exit');
      this.child.kill(signal);
      await gone;
    }
    return this.child.exitCode;
  }

  /** Waits until the process ends by itself. */
  async ended(): Promise<number | null> {
    if (this.running) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  private async ready(timeoutMs: number): Promise<void> {
    const said = this.kind === 'worker' ? 'The worker is ready' : 'The bridge is ready';
    const isReady = (): boolean => this.output.includes(said);
    try {
      await eventually(() => isReady() || !this.running, 'the process is ready', timeoutMs);
    } catch (cause) {
      this.child.kill('SIGKILL');
      throw new Error(`The process was not ready in ${timeoutMs} ms:\n${this.output}`, { cause });
    }
    if (!isReady()) throw new Error(`The process ended before it was ready:\n${this.output}`);
  }
}
