import { setMaxListeners } from 'node:events';
import { Blocklist } from './blocklist';
import { Changes } from '../common/changes';
import { ConsoleApi } from './console-api';
import { makeDirectory } from './directory';
import type { Directory, DirectorySeed } from './directory';
import { Faults } from './faults';
import { LivePhones } from './live-phones';
import { SimulatedClock } from '../common/simulated-clock';
import type { PbxCall, Recording } from './pbx-state';
import { RequestLog } from './request-log';
import { defaultSwitches } from './switches';
import type { Switches } from './switches';
import { Tokens } from './tokens';

/** How a PBX is made. */
export interface PbxOptions {
  timeZone: string;
  clock: () => number;
  switches: Partial<Switches>;
  faultSeed: number;
  logCapacity: number;
  directory: DirectorySeed;
}

/** One PBX: everything it keeps and the rules that all its endpoints share. */
export class Pbx {
  /** Set when the server listens, e.g. `http://127.0.0.1:5001`. */
  origin = '';
  readonly timeZone: string;
  readonly changes = new Changes();
  readonly clock: SimulatedClock;
  readonly switches: Switches;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly blocklist = new Blocklist();
  readonly tokens: Tokens;
  /** Participants that Call Control shows now. */
  readonly phones: LivePhones;
  /** The cookie sessions of v18. */
  readonly console = new ConsoleApi(this);
  directory: Directory;
  calls: PbxCall[] = [];
  /** Recordings of calls that are over; added with `addRecordings`. */
  recordings: Recording[] = [];
  private readonly recordingsById = new Map<number, Recording>();
  private readonly counters = new Map<string, number>();
  private readonly closed = new AbortController();

  constructor(private readonly options: PbxOptions) {
    // Every delivery and every slow answer listens to it.
    setMaxListeners(0, this.closed.signal);
    const changed = (): void => this.changes.notify();
    this.timeZone = options.timeZone;
    this.clock = new SimulatedClock(options.clock, changed);
    this.switches = { ...defaultSwitches(), ...options.switches };
    this.faults = new Faults(options.faultSeed, changed);
    this.log = new RequestLog(options.logCapacity);
    this.directory = makeDirectory(options.directory);
    this.phones = new LivePhones(this.switches, changed);
    this.tokens = new Tokens((token) => this.phones.tokenEnded(token.id));
  }

  /** Aborted when the simulator closes; ends every pause. */
  get closing(): AbortSignal {
    return this.closed.signal;
  }

  /** Adds recordings, visible yet or not. */
  addRecordings(recordings: Recording[]): void {
    this.recordings.push(...recordings);
    for (const recording of recordings) this.recordingsById.set(recording.id, recording);
  }

  /** One recording. */
  recording(id: number): Recording | undefined {
    return this.recordingsById.get(id);
  }

  /** The next number of a counter, from 1. */
  next(counter: 'callid' | 'participant' | 'call' | 'cdr' | 'recording' | 'delivery'): number {
    const value = (this.counters.get(counter) ?? 0) + 1;
    this.counters.set(counter, value);
    return value;
  }

  /**
   * The services restart: callid and participant ids begin again at 1, live calls are torn without a row in the log,
   * sockets break, tokens are gone. What the database holds stays.
   */
  restart(): void {
    this.counters.delete('callid');
    this.counters.delete('participant');
    for (const call of this.calls) if (!call.over) call.torn = true;
    this.phones.forgetAll();
    this.tokens.revoke();
    this.console.clear();
    this.changes.notify();
  }

  /** Forgets calls and recordings that are over; ids and tokens go on. */
  forgetCalls(): void {
    this.calls = this.calls.filter((call) => !call.over && !call.torn);
    this.recordings = [];
    this.recordingsById.clear();
    this.changes.notify();
  }

  /** Forgets calls, recordings, requests, tokens, blocks and faults; the directory is that of the start again. */
  clear(): void {
    const clients = this.directory.apiClients;
    this.directory = makeDirectory(this.options.directory);
    // Credentials that were handed out stay good.
    this.directory.apiClients = clients;
    this.calls = [];
    this.forgetCalls();
    this.counters.clear();
    this.phones.forgetAll();
    this.tokens.clear();
    this.console.clear();
    this.blocklist.clear();
    this.faults.clear();
    this.log.reset();
    this.clock.reset();
    this.changes.notify();
  }

  /** Ends every pause and lets go what waits at barriers. */
  close(): void {
    this.closed.abort();
    this.faults.clear();
    this.phones.forgetAll();
  }
}
