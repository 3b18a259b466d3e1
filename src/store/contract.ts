import type { CallEvent, Direction } from '../domain/call-event';
import type { CallView, RequestView } from '../domain/call-view';
import type { Connection } from '../domain/connection';
import type { ExtensionMapping, LineMapping } from '../domain/mapping';
import type { Actor, AdminKeyRepository, AuditRepository } from './admin-contract';
import type { InboxRepository, RejectedRepository, ReusedIdRepository } from './kept-contract';
import type { Page, PageRequest } from './paging';
import type { LineNamingRepository, PendingCallRepository } from './portal-contract';
import type { LedgerLine, ReconcileRepository } from './reconcile-contract';
import type { SealingRepository } from './sealing-contract';
import type { LeaseRepository, LiveCallRepository } from './watch-contract';

export * from './admin-contract';
export * from './kept-contract';
export * from './paging';
export * from './portal-contract';
export * from './reconcile-contract';
export * from './sealing-contract';
export * from './watch-contract';

/** What the rooms may ask of MongoDB. Implemented beside this file, one repository a file. */
export interface Store {
  connections: ConnectionRepository;
  extensions: MappingRepository<ExtensionMapping> & UnmappedRepository;
  /** Keys are DIDs in normalised digits (`didKey`); the spelling of the admin is kept as `did`. */
  lines: MappingRepository<LineMapping> & LineNamingRepository;
  calls: CallRepository;
  claims: ClaimRepository;
  pendingCalls: PendingCallRepository;
  inbox: InboxRepository;
  reusedIds: ReusedIdRepository;
  rejected: RejectedRepository;
  adminKeys: AdminKeyRepository;
  audit: AuditRepository;
  budget: BudgetRepository;
  /** Sealed credentials that change by themselves: 3CX access tokens, Bitrix24 token pairs. */
  tokens: TokenRepository;
  health: HealthRepository;
  reconcile: ReconcileRepository;
  leases: LeaseRepository;
  /** Which data keys were used, and what is sealed under them. */
  sealing: SealingRepository;
  /** Calls that Call Control shows now, kept for whoever watches next. */
  liveCalls: LiveCallRepository;
  /** HMAC-SHA256 of a phone number's digits under a key that never leaves the server, base64url. */
  hashNumber(connection: string, digits: string): string;
  /** HMAC-SHA256 of a text under the same key, base64url, apart from number hashes and from other purposes. */
  sign(purpose: string, text: string): string;
  /** For how long each connection's histories are kept, in days. */
  historyDays(): Promise<Map<string, number>>;
  /** Clears what is personal and older than connection and settings allow; answers how many documents. */
  purgePersonal(now: Date): Promise<number>;
  /** Writes what waits to be written in passing; for the end of the process. Never rejects. */
  settle(): Promise<void>;
  /** Rejects when MongoDB does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
}

export interface Versioned<T> {
  value: T;
  /** Strong ETag, quotes included. */
  etag: string;
  updatedAt: string;
}

/** `stale`: `ifMatch` did not match, nothing was written. */
export type PutOutcome<T> =
  { outcome: 'created' | 'updated' | 'unchanged'; stored: Versioned<T> } | { outcome: 'stale' };
export type DeleteOutcome = 'deleted' | 'missing' | 'stale';

export interface ConnectionRepository {
  get(id: string): Promise<Versioned<Connection> | null>;
  /** At most a second old; what this process changed is seen at once. */
  recent(id: string): Promise<Versioned<Connection> | null>;
  /** @param only names to choose from; all by default. */
  list(page: PageRequest, only?: readonly string[]): Promise<Page<Versioned<Connection>>>;
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
  getMany(connection: string, keys: readonly string[]): Promise<Map<string, T>>;
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
  /** The caller of rows that were cleared before they were closed; `callerHash` finds them no more. */
  erasedHash?: string;
  /** Those that wait for somebody, whatever their state. */
  attention?: boolean;
}

export interface CallRepository {
  get(connection: string, callId: string): Promise<StoredCall | null>;
  /** Newest start first. */
  list(connection: string, filter: CallFilter, page: PageRequest): Promise<Page<StoredCall>>;
  /** Writes the view unless a newer revision is stored; `requests` of the view are ignored, see `appendRequest`. */
  save(connection: string, view: CallView, revision: number, extra?: SaveExtra): Promise<void>;
  /** Adds a request line (200 are kept), a moment later and best effort; this process sees it at once. Makes a stub if need be. */
  appendRequest(connection: string, callId: string, request: RequestView): void;
  /** Records facts that came after the call was closed; marks it `late-event`. Known delivery keys are ignored. */
  appendLateEvent(
    connection: string,
    callId: string,
    event: CallEvent,
  ): Promise<'recorded' | 'known' | 'no-call'>;
  /** Calls that started in the range, both ends included, oldest first; at most `limit`. */
  startedBetween(connection: string, from: Date, to: Date, limit: number): Promise<LedgerLine[]>;
  /** Takes the mark `unmapped-extension` from calls whose extension has a mapping now. */
  clearUnmapped(connection: string, extensions: string[]): Promise<number>;
  /**
   * Clears what is personal in rows of one person's calls. A row that is not closed is left: its call would write it anew.
   *
   * @param spellings digits under which the number may stand in the place of a DID; none: it is a line of ours.
   * @returns how many rows told something.
   */
  erase(connection: string, callIds: readonly string[], spellings: readonly string[]): Promise<number>;
  /**
   * Clears what is personal in rows that may not be closed, for good: no later save brings it back. They keep the
   * caller's hash under another name, by which they are found when their histories may be deleted too.
   *
   * @returns how many rows told something.
   */
  clearUnclosed(connection: string, callIds: readonly string[], callerHash: string): Promise<number>;
  /** Whether the digits stand as the DID of calls of at least two others: then they are a line, whether mapped or not. */
  isDialled(connection: string, spellings: readonly string[], exceptCallerHash: string): Promise<boolean>;
  /** Adds the caller of a call whose row was written before the number was told. */
  noteCaller(connection: string, callId: string, callerHash: string): Promise<void>;
}

export interface SaveExtra {
  callerHash?: string;
  /** Keys of the events taken in; a later repeat of one of them is `known`. */
  deliveryKeys?: string[];
  /** Nothing will change any more. */
  closed?: boolean;
}

export interface StoredCall extends CallView {
  connection: string;
  revision: number;
  updatedAt: string;
  /** Written to Bitrix24 and closed: a repeat must not be written again. */
  closed: boolean;
  /** Its caller was erased before it was closed; the workflow may know him still, and nobody is told. */
  erased: boolean;
}

export interface ClaimRequest {
  connection: string;
  callId: string;
  workflowId: string;
  /** Empty: the caller hides the number. Null: nobody told it so far, so that no caller can be compared. */
  callerHash: string | null;
  /** ISO. */
  startedAt: string;
  /** ISO; null or absent while nobody told it. */
  endedAt?: string | null;
  /** `endedAt` is when a report came that tells no end: the call was over by then, but may have been so for long. */
  endIsReceipt?: boolean;
  /** `inbound` also where nobody told it; absent: not known. */
  direction?: Direction;
  /** The first extension that was named. */
  extension: string | null;
  /** Further ones. */
  moreExtensions?: string[];
  /** Known only by a report without an id. */
  fromReport: boolean;
}

export interface ClaimRepository {
  /**
   * Claims one physical call, atomically. Loses to another workflow of the same connection with the same caller when
   * exactly one of the two is a report without an id, the other claimed first, both go the same way, and either their
   * starts lie within `windowMs` and neither was over when the other began, or one began during the other, as after a
   * queue, and they have the phone or the end in common (`report-rival.ts`): of several to the nearest one that overlaps,
   * and to one that others lost to only if the two overlap. Callers without number are told apart by the extension and a
   * near start, after a queue by extension and end; where one side names no extension, the starts must agree to the second.
   * Loses also to one whose id of another kind holds the same number of the PBX (`pbxCallOf`) when the starts fit.
   * Asking again with the same `callId` gives the same answer, and adds what was told meanwhile.
   */
  claim(
    request: ClaimRequest,
    windowMs: number,
  ): Promise<{ won: true } | { won: false; survivorCallId: string }>;
  /**
   * The call that goes on: one that won may have lost later, when its number was told. Null: the call lost to nobody, as far
   * as is known.
   */
  survivorOf(connection: string, callId: string): Promise<string | null>;
  /** The call that already claimed the PBX's call number for a start that fits (ISO 8601), whatever its id; else null. */
  claimedAs(connection: string, callNumber: number, startedAt: string): Promise<string | null>;
  /** Calls that lost to any of these. */
  losersOf(connection: string, survivors: readonly string[]): Promise<string[]>;
  /** Calls that claimed under one caller's number, whether they won or lost. */
  callsOf(connection: string, callerHash: string): Promise<string[]>;
  /**
   * Forgets what one caller's calls are merged by. Kept while one of them is open or was still told of after `since`: the
   * report of that call may be still to come, and would be written as a second call.
   */
  erase(connection: string, callerHash: string, since: Date): Promise<'erased' | 'kept' | 'none'>;
}

/** Live work first. A class may fill the portal's bucket only up to its share. */
export type BudgetClass = 'register' | 'cards' | 'finish' | 'recording' | 'background';

/** 0: go. Otherwise nothing was taken; `blockedBy`: the portal blocks the client altogether, or this method of it. */
export interface BudgetAnswer {
  waitMs: number;
  blockedBy?: 'client' | 'method';
}

export interface BudgetRepository {
  /**
   * Takes requests (one, if not said otherwise) out of a portal's leaky bucket, shared by all processes, clock of the
   * database. `waitMs` 0: go. Otherwise nothing was taken; come back after that time: those who wait are told different
   * times, so that they do not all come back at once.
   * @param options.client whose blocks count, for run time is limited per webhook or application.
   */
  take(
    portal: string,
    plan: 'standard' | 'enterprise',
    cls: BudgetClass,
    method: string,
    options?: { client?: string; requests?: number },
  ): Promise<BudgetAnswer>;
  /** The portal refused with 503: the bucket is treated as full. */
  refused(portal: string, plan: 'standard' | 'enterprise'): Promise<void>;
  /** The portal refused a method (`*`: all methods) of a client, or told its run time: no more calls before `until`. */
  block(portal: string, method: string, until: Date, client?: string): Promise<void>;
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
  /** At most a second old; enough to send a request with, because the other side refuses a token that is over. */
  recent(key: string): Promise<StoredToken | null>;
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
  /** The other side takes our secret again: forgets a refusal. */
  accept(key: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export type Peer = 'bitrix24' | 'threecx';

export interface PeerHealth {
  ok: boolean;
  reason?: string;
  mend?: string;
  at: string;
}

/** A change that people are told once, however many calls wait for the peer. */
export interface PeerAlarm extends Omit<PeerHealth, 'at'> {
  connection: string;
  peer: Peer;
  change: 'raised' | 'cleared';
}

export interface HealthRepository {
  /**
   * From the last real contact; writes only when the answer changes or a minute has passed. Best effort. A peer that cannot
   * be used any more is one alarm, also while it flaps: `StoreOptions.onAlarm`.
   */
  report(connection: string, peer: Peer, health: Omit<PeerHealth, 'at'>): Promise<void>;
  get(connection: string): Promise<Partial<Record<Peer, PeerHealth>>>;
  /** Every peer that was ever asked. */
  list(): Promise<{ connection: string; peer: Peer; ok: boolean }[]>;
  /** While a peer refuses our credentials, one caller per `everyMs` may try; the others get false. */
  mayProbe(connection: string, peer: Peer, everyMs: number): Promise<boolean>;
}
