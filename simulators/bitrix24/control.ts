import { randomBytes } from 'node:crypto';
import type { Application, Webhook } from './access';
import { clickToCall } from './click-to-call';
import type { ClickToCall } from './click-to-call';
import type { SentEvent } from './event-sender';
import type { Faults } from './faults';
import type { SimulatedClock } from '../common/simulated-clock';
import type {
  Activity,
  CardPush,
  CrmEntity,
  Line,
  MissedCall,
  OpenCall,
  PortalState,
  PortalUser,
  RecordFile,
  StatisticsRow,
} from './portal-state';
import type { Portal } from './portal';
import type { LoggedRequest } from './request-log';
import { addContact, addUser } from './seeds';
import type { ContactSeed, UserSeed } from './seeds';
import type { Switches } from './switches';

/** The hand of a test, a benchmark or the demo inside the portal. The lists are live: they grow while the portal works. */
export class Bitrix24Control {
  /** @param seed fills the portal again after a reset. */
  constructor(
    private readonly portal: Portal,
    private readonly seed: () => void,
    /** The application that the portal came with. */
    readonly application: Application,
    /** The incoming webhook that the portal came with. */
    readonly webhook: Webhook,
  ) {}

  /** Everything that the portal keeps. */
  get state(): PortalState {
    return this.portal.state;
  }

  /** Registered calls that were not finished. */
  get openCalls(): OpenCall[] {
    return this.portal.state.openCalls;
  }

  /** Rows that finish has written. */
  get statistics(): StatisticsRow[] {
    return this.portal.state.statistics;
  }

  /** Activities that finish has made. */
  get activities(): Activity[] {
    return this.portal.state.activities;
  }

  /** Stored recordings. */
  get files(): RecordFile[] {
    return this.portal.state.files;
  }

  /** The list of missed calls. */
  get missedCalls(): MissedCall[] {
    return this.portal.state.missedCalls;
  }

  /** External lines. */
  get lines(): Line[] {
    return this.portal.state.lines;
  }

  /** Cards that were opened and closed in browsers. */
  get cards(): CardPush[] {
    return this.portal.state.cards;
  }

  /** Leads that calls have made. */
  get createdLeads(): CrmEntity[] {
    return this.portal.state.crm.filter(
      (entity) => entity.type === 'LEAD' && entity.createdByCallId !== null,
    );
  }

  /** Contacts that calls have made. */
  get createdContacts(): CrmEntity[] {
    return this.portal.state.crm.filter(
      (entity) => entity.type === 'CONTACT' && entity.createdByCallId !== null,
    );
  }

  /** The switches; may be set at any time. */
  get switches(): Switches {
    return this.portal.switches;
  }

  /** Sets some switches. */
  set(switches: Partial<Switches>): void {
    Object.assign(this.portal.switches, switches);
  }

  /** What goes wrong. */
  get faults(): Faults {
    return this.portal.faults;
  }

  /** The portal's time. */
  get clock(): SimulatedClock {
    return this.portal.clock;
  }

  /** Zone in which the portal reads dates without one. */
  get timeZone(): string {
    return this.portal.timeZone;
  }

  /** How many times the token server has given new tokens for a refresh token. */
  get refreshes(): number {
    return this.portal.refreshes;
  }

  /** The kept requests, oldest first, of one method (any letter case; also `upload`, `oauth.token`) or all. */
  requests(method?: string): LoggedRequest[] {
    return this.portal.log.list(method);
  }

  /** How many requests came in, kept or not. */
  requestCount(method?: string): number {
    return this.portal.log.count(method);
  }

  /** Adds a user. */
  addUser(seed: UserSeed): PortalUser {
    return addUser(this.portal, seed);
  }

  /** Changes a user, e.g. `{ active: false }` when he is dismissed. */
  updateUser(id: number, patch: Partial<Omit<PortalUser, 'id'>>): PortalUser {
    const user = this.portal.state.users.find((one) => one.id === id);
    if (user === undefined) throw new Error(`There is no user ${id}`);
    Object.assign(user, patch);
    this.portal.changes.notify();
    return user;
  }

  /** Adds a CRM object with numbers. */
  addContact(seed: ContactSeed): CrmEntity {
    return addContact(this.portal, seed);
  }

  /** Makes another incoming webhook and gives its address. */
  addWebhook(options: { userId?: number; scopes?: string[] } = {}): { webhook: Webhook; url: string } {
    const webhook: Webhook = {
      id: this.portal.access.webhooks.length + 1,
      userId: options.userId ?? 1,
      secret: randomBytes(8).toString('hex'),
      scopes: options.scopes ?? ['telephony', 'crm', 'user'],
    };
    this.portal.access.webhooks.push(webhook);
    return { webhook, url: `${this.portal.origin}/rest/${webhook.userId}/${webhook.secret}/` };
  }

  /** Gives a fresh pair of tokens of the application, as an administrator's installation does. */
  issueTokens(userId = 1): { accessToken: string; refreshToken: string; expiresAt: number } {
    return this.portal.access.issue(this.application.id, userId);
  }

  /** Lets every access token expire at once; refresh tokens stay good. */
  expireAccessTokens(): void {
    this.portal.access.expireAccessTokens();
  }

  /** Takes every token back, refresh tokens too. */
  revokeTokens(): void {
    this.portal.access.revokeAll();
  }

  /** Posts the installation callback to a handler. */
  install(handler: string, userId = 1): Promise<SentEvent> {
    return this.portal.events.install(this.application, userId, handler);
  }

  /** Sends any event to the handlers that are bound to it. */
  sendEvent(event: string, data: Record<string, unknown>): Promise<SentEvent[]> {
    return this.portal.events.emit(event, data);
  }

  /** A person dials in the portal: it registers the call itself, then tells the application. */
  clickToCall(options: ClickToCall): Promise<{ callId: string; sent: SentEvent[] }> {
    return clickToCall(this.portal, this.application, options);
  }

  /** Every event that was sent, with the handler's status. */
  get sentEvents(): SentEvent[] {
    return this.portal.events.sent();
  }

  /** Resolves when no event is on its way. */
  eventsSettled(): Promise<void> {
    return this.portal.events.settled();
  }

  /** The recording that a finished call points to. */
  recordOf(callId: string): RecordFile | undefined {
    const row = this.portal.state.statistics.findLast((one) => one.callId === callId);
    return this.portal.state.files.find((file) => file.id === row?.recordFileId);
  }

  /** SHA-256 of a stored file in hex, computed when asked. */
  sha256(fileId: number): Promise<string> {
    return this.portal.files.sha256(this.file(fileId));
  }

  /** Bytes of a stored file, for small ones. */
  readFile(fileId: number): Promise<Buffer> {
    return this.portal.files.read(this.file(fileId));
  }

  /**
   * Resolves with the first truthy answer of `look`, asked now and whenever something changes in the portal.
   *
   * @param timeoutMs real milliseconds, default 10 000; the error says `what` did not come and what there is.
   */
  waitFor<T>(
    look: (control: this) => T | undefined | null | false,
    timeoutMs = 10_000,
    what = 'the condition',
  ): Promise<T> {
    return this.portal.changes.waitFor(
      () => look(this),
      timeoutMs,
      what,
      () => this.summary(),
    );
  }

  /**
   * Forgets calls, files, requests, faults and limits, sets the clock back, and seeds users and contacts again;
   * credentials and switches stay.
   */
  async reset(): Promise<void> {
    await this.portal.clear();
    this.seed();
  }

  private file(id: number): RecordFile {
    const file = this.portal.state.files.find((one) => one.id === id);
    if (file === undefined) throw new Error(`There is no file ${id}`);
    return file;
  }

  private summary(): string {
    const { openCalls, statistics, activities, files } = this.portal.state;
    const counts = { openCalls, statistics, activities, files };
    const parts = Object.entries(counts).map(([name, list]) => `${name} ${list.length}`);
    const last = this.portal.log.list().slice(-3);
    return [...parts, ...last.map((entry) => `${entry.method}: ${entry.outcome}`)].join(', ');
  }
}
