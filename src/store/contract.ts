import type { CallEvent } from '../domain/call-event';
import type { CallView, RequestView } from '../domain/call-view';
import type { Connection } from '../domain/connection';
import type { ExtensionMapping, LineMapping } from '../domain/mapping';

/** What the rooms may ask of MongoDB. Implemented beside this file, one repository a file. */
export interface Store {
  connections: ConnectionRepository;
  extensions: MappingRepository<ExtensionMapping> & UnmappedRepository;
  /** Keys are DIDs in normalised digits (`didKey`); the spelling of the admin is kept as `did`. */
  lines: MappingRepository<LineMapping>;
  calls: CallRepository;
  claims: ClaimRepository;
  inbox: InboxRepository;
  rejected: RejectedRepository;
  adminKeys: AdminKeyRepository;
  audit: AuditRepository;
  budget: BudgetRepository;
  /** Sealed credentials that change by themselves: 3CX access tokens, Bitrix24 token pairs. */
  tokens: TokenRepository;
  health: HealthRepository;
  /** HMAC-SHA256 of a phone number's digits under a key that never leaves the server, base64url. */
  hashNumber(connection: string, digits: string): string;
  /** Rejects when MongoDB does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
}

/** Who changes something, for the audit trail: an admin key's id, or `environment`. */
export interface Actor {
  id: string;
  requestId?: string;
}

export interface Versioned<T> {
  value: T;
  /** Strong ETag, quotes included. */
  etag: string;
  updatedAt: string;
}

export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

export interface PageRequest {
  limit: number;
  cursor?: string;
}

/** `stale`: `ifMatch` did not match, nothing was written. */
export type PutOutcome<T> =
  { outcome: 'created' | 'updated' | 'unchanged'; stored: Versioned<T> } | { outcome: 'stale' };
export type DeleteOutcome = 'deleted' | 'missing' | 'stale';

export interface ConnectionRepository {
  get(id: string): Promise<Versioned<Connection> | null>;
  list(page: PageRequest): Promise<Page<Versioned<Connection>>>;
  all(): Promise<Connection[]>;
  /** `ifMatch`: an ETag, or `*` for "must exist"; undefined: unconditional. Writes the audit row in the same transaction. */
  put(connection: Connection, actor: Actor, ifMatch?: string): Promise<PutOutcome<Connection>>;
  delete(id: string, actor: Actor, ifMatch?: string): Promise<DeleteOutcome>;
}

export interface MappingRow<T> {
  /** Extension, or DID as the admin wrote it. */
  key: string;
  value: T;
  /** `manual`, `import` or `sync`. */
  origin: string;
}

export interface MappingRepository<T> {
  get(connection: string, key: string): Promise<Versioned<MappingRow<T>> | null>;
  /** Many at once, in one query; missing ones are absent from the map. */
  getMany(connection: string, keys: string[]): Promise<Map<string, T>>;
  list(connection: string, page: PageRequest): Promise<Page<Versioned<MappingRow<T>>>>;
  put(
    connection: string,
    row: MappingRow<T>,
    actor: Actor,
    ifMatch?: string,
  ): Promise<PutOutcome<MappingRow<T>>>;
  delete(connection: string, key: string, actor: Actor, ifMatch?: string): Promise<DeleteOutcome>;
  /** All or nothing, one transaction; `dryRun` only counts. */
  putMany(
    connection: string,
    rows: MappingRow<T>[],
    actor: Actor,
    options: { dryRun: boolean },
  ): Promise<{ created: number; updated: number; unchanged: number }>;
  /** Every row, in key order, for export. */
  all(connection: string): Promise<MappingRow<T>[]>;
}

export interface UnmappedRepository {
  /** Counts a call that met an extension without mapping; best effort. */
  countUnmapped(connection: string, extension: string, at: Date): Promise<void>;
  /** Extensions met by calls and still without mapping. */
  listUnmapped(connection: string): Promise<{ extension: string; calls: number; lastSeenAt: string }[]>;
}

export interface CallFilter {
  state?: string;
  recording?: string;
  extension?: string;
  /** By `startedAt`, inclusive, ISO. */
  from?: string;
  to?: string;
  callerHash?: string;
}

export interface CallRepository {
  get(connection: string, callId: string): Promise<StoredCall | null>;
  /** Newest start first. */
  list(connection: string, filter: CallFilter, page: PageRequest): Promise<Page<StoredCall>>;
  /** Writes the view unless a newer revision is stored; `requests` of the view are ignored, see `appendRequest`. */
  save(connection: string, view: CallView, revision: number, extra?: { callerHash?: string }): Promise<void>;
  /** Adds one request line (at most 200 are kept); creates a stub when the call is not stored yet. Best effort. */
  appendRequest(connection: string, callId: string, request: RequestView): Promise<void>;
  /** Records facts that came after the call was closed; marks it `late-event`. Known delivery keys are ignored. */
  appendLateEvent(
    connection: string,
    callId: string,
    event: CallEvent,
  ): Promise<'recorded' | 'known' | 'no-call'>;
  erase(connection: string, callerHash: string): Promise<number>;
}

export interface StoredCall extends CallView {
  connection: string;
  revision: number;
  updatedAt: string;
  /** Written to Bitrix24 and closed: a repeat must not be written again. */
  closed: boolean;
}

export interface ClaimRequest {
  connection: string;
  callId: string;
  workflowId: string;
  callerHash: string;
  /** ISO. */
  startedAt: string;
  extension: string | null;
  /** Known only by a report without an id. */
  fromReport: boolean;
}

export interface ClaimRepository {
  /**
   * Claims one physical call, atomically. Loses to another workflow of the same connection with the same caller when
   * exactly one of the two is a report without an id, their starts lie within `windowMs`, and the other claimed first.
   * Asking again with the same `callId` gives the same answer.
   */
  claim(
    request: ClaimRequest,
    windowMs: number,
  ): Promise<{ won: true } | { won: false; survivorCallId: string }>;
  survivorOf(connection: string, callId: string): Promise<string | null>;
}

export interface InboxItem {
  id: string;
  connection: string;
  callId: string;
  workflowId: string;
  event: CallEvent;
  receivedAt: string;
  attempts: number;
  /** `closed`: Temporal said that the workflow is over; the drainer decides between late fact and new call. */
  reason: 'unreachable' | 'busy' | 'closed' | 'passed-on' | 'replay';
}

export interface InboxRepository {
  /** Durable when it resolves (majority, journalled). A second insert of the same connection, call and delivery key is the same item. */
  insert(item: Omit<InboxItem, 'id' | 'attempts'>, options: { timeoutMs: number }): Promise<void>;
  /** Leases the oldest items that are due; a lease that ends without `done` or `later` frees the item. */
  lease(owner: string, limit: number, leaseMs: number): Promise<InboxItem[]>;
  done(id: string): Promise<void>;
  later(id: string, delayMs: number): Promise<void>;
  count(): Promise<number>;
  /** Events held for one call, oldest first; for `GET` on a call that Temporal has not seen yet. */
  forCall(connection: string, callId: string): Promise<InboxItem[]>;
}

export interface RejectedItem {
  id: string;
  connection: string;
  at: string;
  /** e.g. `bad-field`, `body-too-large`, `unknown-event`, `unsupported-media-type`, `too-old`. */
  reason: string;
  status: number;
  errors: { field: string; message: string }[];
  event: string | null;
  contentType: string | null;
  /** At most the first 64 KiB; text when it is UTF-8, else base64. */
  body: string;
  bodyEncoding: 'utf8' | 'base64';
  query: Record<string, string>;
  replayedAt: string | null;
}

export interface RejectedRepository {
  insert(item: Omit<RejectedItem, 'id' | 'replayedAt'>): Promise<string>;
  list(connection: string, page: PageRequest): Promise<Page<RejectedItem>>;
  get(connection: string, id: string): Promise<RejectedItem | null>;
  markReplayed(connection: string, id: string): Promise<void>;
}

export type Role = 'admin' | 'viewer';

export interface AdminKey {
  id: string;
  name: string;
  role: Role;
  /** Null: every connection. */
  connections: string[] | null;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface AdminKeyRepository {
  /** Makes a key; the clear text is returned once and only its SHA-256 is stored. */
  create(
    key: { name: string; role: Role; connections: string[] | null },
    actor: Actor,
  ): Promise<{ key: AdminKey; secret: string }>;
  /** Makes sure that exactly this secret works as the bootstrapped admin key. */
  ensureBootstrap(secret: string): Promise<void>;
  /** Constant time in the secret. */
  verify(secret: string): Promise<AdminKey | null>;
  list(): Promise<AdminKey[]>;
  delete(id: string, actor: Actor): Promise<boolean>;
  count(): Promise<number>;
}

export interface AuditRow {
  id: string;
  at: string;
  actor: string;
  requestId: string | null;
  connection: string | null;
  /** e.g. `extension.put`, `connection.delete`, `key.create`. */
  action: string;
  target: string;
  before: unknown;
  after: unknown;
  /** SHA-256 over the previous row's hash and this row's content: a changed or missing row breaks the chain. */
  hash: string;
}

export interface AuditRepository {
  list(filter: { connection?: string }, page: PageRequest): Promise<Page<AuditRow>>;
  verify(): Promise<{ ok: boolean; firstBroken?: string }>;
}

/** Live work first. A class may fill the portal's bucket only up to its share. */
export type BudgetClass = 'register' | 'cards' | 'finish' | 'recording' | 'background';

export interface BudgetRepository {
  /**
   * Takes one request out of a portal's leaky bucket, shared by all processes, clock of the database.
   * `waitMs` 0: go. Otherwise nothing was taken; come back after that time.
   */
  take(
    portal: string,
    plan: 'standard' | 'enterprise',
    cls: BudgetClass,
    method: string,
  ): Promise<{ waitMs: number }>;
  /** The portal refused with 503: the bucket is treated as full. */
  refused(portal: string, plan: 'standard' | 'enterprise'): Promise<void>;
  /** The portal refused a method with 429, or told its run time: no more calls of it before `until`. */
  block(portal: string, method: string, until: Date): Promise<void>;
}

export interface StoredToken {
  /** Grows with every renewal. */
  generation: number;
  /** Sealed at rest, in clear here. */
  token: Record<string, string>;
  expiresAt: string | null;
  /** Set when the other side refused our secret: fingerprint of the refused secret. No log-in until it changes. */
  refusedFingerprint: string | null;
  refusedReason: string | null;
}

export interface TokenRepository {
  get(key: string): Promise<StoredToken | null>;
  /** Single flight over all processes: true when the caller alone may renew, until `leaseMs` have passed. */
  lock(key: string, owner: string, leaseMs: number): Promise<boolean>;
  unlock(key: string, owner: string): Promise<void>;
  /** Stores a new token (generation + 1) and frees the lock. */
  put(
    key: string,
    owner: string,
    token: Record<string, string>,
    expiresAt: string | null,
  ): Promise<StoredToken>;
  refuse(key: string, owner: string, fingerprint: string, reason: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export type Peer = 'bitrix24' | 'threecx';

export interface PeerHealth {
  ok: boolean;
  reason?: string;
  mend?: string;
  at: string;
}

export interface HealthRepository {
  /** From the last real contact; writes only when the answer changes or a minute has passed. Best effort. */
  report(connection: string, peer: Peer, health: Omit<PeerHealth, 'at'>): Promise<void>;
  get(connection: string): Promise<Partial<Record<Peer, PeerHealth>>>;
  /** While a peer refuses our credentials, one caller per `everyMs` may try; the others get false. */
  mayProbe(connection: string, peer: Peer, everyMs: number): Promise<boolean>;
}
