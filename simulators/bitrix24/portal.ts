import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { Access } from './access';
import { Changes } from '../common/changes';
import { EventSender } from './event-sender';
import { Faults } from './faults';
import { FileStore } from './file-store';
import { OperatingLimiter } from './operating-limiter';
import { SimulatedClock } from '../common/simulated-clock';
import { emptyState } from './portal-state';
import type { CardPush, PortalState, PortalUser } from './portal-state';
import { RateLimiter } from './rate-limiter';
import { RequestLog } from './request-log';
import { defaultSwitches } from './switches';
import type { Switches } from './switches';

/** What a portal is made of. */
export interface PortalOptions {
  timeZone: string;
  clock?: (() => number) | undefined;
  switches: Partial<Switches>;
  faultSeed: number;
  logCapacity: number;
}

/** Kinds of things that have ids of their own. */
type IdKind = 'call' | 'row' | 'activity' | 'file' | 'line' | 'transcript' | 'crm' | 'binding' | 'user';

/** Where the ids begin; far apart, so that one kind is never taken for another unnoticed. */
const firstIds: Record<IdKind, number> = {
  call: 0,
  row: 5_000,
  activity: 20_000,
  file: 70_000,
  line: 6,
  transcript: 300,
  crm: 900,
  binding: 40,
  user: 2_000,
};

/** The stand-in portal: its state, its switches and the parts that every method works with. */
export class Portal {
  state: PortalState = emptyState();
  readonly switches: Switches;
  readonly timeZone: string;
  readonly clock: SimulatedClock;
  readonly changes = new Changes();
  readonly files = new FileStore();
  readonly rate = new RateLimiter();
  readonly operating = new OperatingLimiter();
  readonly access: Access;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly events: EventSender;
  /** Own origin, known once the server listens. */
  origin = '';
  private readonly closer = new AbortController();
  /** Aborts when the simulator closes, so that nothing waits on. */
  readonly closing = this.closer.signal;
  /** How many refreshes the token server has granted. */
  refreshes = 0;
  private ids = { ...firstIds };

  constructor(options: PortalOptions) {
    this.switches = { ...defaultSwitches(), ...options.switches };
    this.timeZone = options.timeZone;
    this.clock = new SimulatedClock(options.clock);
    this.access = new Access(this.clock, () => this.state, this.switches);
    this.faults = new Faults(options.faultSeed, () => this.changes.notify());
    this.log = new RequestLog(options.logCapacity);
    this.events = new EventSender(this);
  }

  /** The next id of a kind. */
  nextId(kind: IdKind): number {
    this.ids[kind] += 1;
    return this.ids[kind];
  }

  /** The active real user of an id, if there is one. */
  activeUser(id: number): PortalUser | undefined {
    return this.state.users.find((user) => user.id === id && user.active && user.kind === 'employee');
  }

  /** Notes that a person's browser was told to open or close a card. */
  pushCard(callId: string, userId: number, action: CardPush['action'], by: CardPush['by']): void {
    this.state.cards.push({ at: this.clock.now(), callId, userId, action, by });
  }

  /** Takes as long as the switches say that the method takes, and at least one turn of the event loop. */
  async work(method: string): Promise<void> {
    const ms = this.switches.workMs[method] ?? 0;
    if (ms > 0) await pause(ms, undefined, { signal: this.closing }).catch(() => undefined);
    else await nextTurn();
  }

  /** Lets everything go that is held back or waits. */
  close(): void {
    this.closer.abort();
    this.faults.clear();
  }

  /** Forgets calls, records, logs, faults and limits; users, CRM objects and lines go as well. Access stays. */
  async clear(): Promise<void> {
    this.faults.clear();
    this.state = emptyState();
    this.ids = { ...firstIds };
    this.rate.reset();
    this.operating.reset();
    this.log.reset();
    this.events.reset();
    this.clock.reset();
    this.refreshes = 0;
    await this.files.clear();
    this.changes.notify();
  }
}
