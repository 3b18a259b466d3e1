import { createHash } from 'node:crypto';
import { makeApiClient, makeExtension } from './directory';
import type { ApiClientSeed, Directory, ExtensionSeed } from './directory';
import { recordingContent } from './download';
import type { Faults } from './faults';
import type { LivePhones, Participant } from './live-phones';
import type { Pbx } from './pbx';
import type { SimulatedClock } from '../common/simulated-clock';
import type { ApiClient, Extension, PbxCall, Recording } from './pbx-state';
import { castOf, play } from './play';
import type { Delivery, Playable, Played, PlayOptions } from './play-options';
import type { LoggedRequest } from './request-log';
import { scenarios } from './scenarios';
import type { ScenarioName } from './scenarios';
import type { Switches } from './switches';
import { clientOwner } from './tokens';
import type { IssuedToken } from './tokens';

const keptDeliveries = 5_000;

/** The hand of a test, a benchmark or the demo inside the PBX. The lists are live: they grow while the PBX works. */
export class ThreecxControl {
  private sent: Delivery[] = [];

  constructor(private readonly pbx: Pbx) {}

  /** The API client that the PBX came with; the first of several. */
  get apiClient(): ApiClient {
    const client = this.pbx.directory.apiClients[0];
    if (client === undefined) throw new Error('This PBX has no API client');
    return client;
  }

  /** Extensions, DIDs, groups and API clients. */
  get directory(): Directory {
    return this.pbx.directory;
  }

  /** Every call, going on or over. */
  get calls(): PbxCall[] {
    return this.pbx.calls;
  }

  /** Recordings of calls that are over, visible yet or not. */
  get recordings(): Recording[] {
    return this.pbx.recordings;
  }

  /** Phones that ring or talk now. */
  get participants(): Participant[] {
    return this.pbx.phones.list();
  }

  /** Phones and event sockets. */
  get phones(): LivePhones {
    return this.pbx.phones;
  }

  /** Tokens that were given out. */
  get tokens(): IssuedToken[] {
    return this.pbx.tokens.list();
  }

  /** How many tokens were minted. */
  get mintedTokens(): number {
    return this.pbx.tokens.minted;
  }

  /** Failed log-ins of all addresses. */
  get failedLogins(): number {
    return this.pbx.blocklist.failureCount();
  }

  /** Blocked addresses. */
  get blocked(): string[] {
    return this.pbx.blocklist.list();
  }

  /** Webhooks that were sent or lost on purpose, the last 5 000. */
  get deliveries(): Delivery[] {
    return this.sent;
  }

  /** The switches; may be set at any time. */
  get switches(): Switches {
    return this.pbx.switches;
  }

  /** Sets some switches. */
  set(switches: Partial<Switches>): void {
    Object.assign(this.pbx.switches, switches);
    this.pbx.changes.notify();
  }

  /** What goes wrong. */
  get faults(): Faults {
    return this.pbx.faults;
  }

  /** The PBX's time. */
  get clock(): SimulatedClock {
    return this.pbx.clock;
  }

  /** Zone of the PBX's local times. */
  get timeZone(): string {
    return this.pbx.timeZone;
  }

  /** The kept requests, oldest first, of one endpoint or all. */
  requests(endpoint?: string): LoggedRequest[] {
    return this.pbx.log.list(endpoint);
  }

  /** How many requests came in, kept or not. */
  requestCount(endpoint?: string): number {
    return this.pbx.log.count(endpoint);
  }

  /**
   * Plays a scenario. Resolves when all its messages are sent; the calls' rows and files then appear by the PBX's clock.
   * Never rejects because the bridge refused something: see `failed` in the answer.
   */
  play(scenario: Playable<ScenarioName>, options: PlayOptions = {}): Promise<Played> {
    const played =
      typeof scenario === 'string'
        ? { name: scenario, calls: scenarios[scenario](castOf(this.pbx, options.cast)) }
        : scenario;
    return play(this.pbx, played, options, (delivery) => {
      this.sent.push(delivery);
      if (this.sent.length > keptDeliveries * 2) this.sent = this.sent.slice(-keptDeliveries);
      this.pbx.changes.notify();
    });
  }

  /** Plays a scenario many times at once, each with a caller number of its own unless the cast names one. */
  playMany(scenario: ScenarioName, count: number, options: PlayOptions = {}): Promise<Played[]> {
    const numbers = Array.from({ length: count }, (_, index) => String(79_160_000_000 + index));
    return Promise.all(
      numbers.map((caller) => this.play(scenario, { ...options, cast: { caller, ...options.cast } })),
    );
  }

  /** Adds an extension. */
  addExtension(seed: ExtensionSeed): Extension {
    const extension = makeExtension(seed);
    if (this.directory.extensions.some((one) => one.number === extension.number))
      throw new Error(`There is an extension ${extension.number} already`);
    this.directory.extensions.push(extension);
    return extension;
  }

  /** Adds an API client. */
  addApiClient(seed: ApiClientSeed): ApiClient {
    const client = makeApiClient(seed, this.directory.extensions);
    this.directory.apiClients.push(client);
    return client;
  }

  /** Mints a token past the endpoint, as another program with the same API client would: the last one is dead. */
  mintToken(clientId = this.apiClient.clientId): string {
    const client = this.directory.apiClients.find((one) => one.clientId === clientId);
    if (client === undefined) throw new Error(`There is no API client ${clientId}`);
    const { clock, switches, origin, tokens } = this.pbx;
    return tokens.mint(clientOwner(client), origin, clock.now(), switches.tokenLifetimeMs);
  }

  /** Takes every token back. */
  revokeTokens(): void {
    this.pbx.tokens.revoke();
  }

  /** Unblocks every address. */
  unblock(): void {
    this.pbx.blocklist.clear();
  }

  /** The services restart: callids begin again, live calls are torn, sockets break, tokens are gone. */
  restart(): void {
    this.pbx.restart();
  }

  /** Breaks every Call Control socket; nothing is replayed. */
  dropSockets(): void {
    this.pbx.phones.dropListeners();
  }

  /** Deletes the file of a recording; its row stays. */
  deleteFile(recordingId: number): void {
    this.recording(recordingId).deleted = true;
  }

  /** SHA-256 of a recording in hex. */
  sha256(recordingId: number): string {
    const hash = createHash('sha256');
    for (const piece of recordingContent(this.recording(recordingId)).read()) hash.update(piece);
    return hash.digest('hex');
  }

  /** Bytes of a recording, for small ones. */
  readRecording(recordingId: number): Buffer {
    return Buffer.concat([...recordingContent(this.recording(recordingId)).read()]);
  }

  /**
   * Resolves with the first truthy answer of `look`, asked now and whenever something changes in the PBX.
   *
   * @param timeoutMs real milliseconds, default 10 000; the error says `what` did not come and what there is.
   */
  waitFor<T>(
    look: (control: this) => T | undefined | null | false,
    timeoutMs = 10_000,
    what = 'the condition',
  ): Promise<T> {
    return this.pbx.changes.waitFor(
      () => look(this),
      timeoutMs,
      what,
      () => this.summary(),
    );
  }

  /** Forgets calls and recordings that are over, so that lists which grow slow no benchmark down; ids and tokens go on. */
  forgetCalls(): void {
    this.pbx.forgetCalls();
  }

  /** Forgets calls, recordings, requests, tokens, blocks and faults, and sets the clock back; API clients and switches stay. */
  reset(): void {
    this.pbx.clear();
    this.sent = [];
  }

  private recording(id: number): Recording {
    const recording = this.pbx.recording(id);
    if (recording === undefined) throw new Error(`There is no recording ${id}`);
    return recording;
  }

  private summary(): string {
    const counts = { calls: this.calls, recordings: this.recordings, deliveries: this.sent };
    const parts = Object.entries(counts).map(([name, list]) => `${name} ${list.length}`);
    const last = this.pbx.log.list().slice(-3);
    return [...parts, ...last.map((entry) => `${entry.endpoint}: ${entry.outcome}`)].join(', ');
  }
}
