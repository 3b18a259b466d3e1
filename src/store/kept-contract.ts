import type { CallEvent } from '../domain/call-event';
import type { Page, PageRequest } from './paging';

/** One connection, or all but some. */
export type WhichConnections = { $eq: string } | { $nin: string[] };

/** An event that no workflow has taken yet. */
export interface InboxItem {
  id: string;
  connection: string;
  callId: string;
  workflowId: string;
  event: CallEvent;
  receivedAt: string;
  attempts: number;
  /** `closed`: Temporal said that the workflow is over; the drainer decides between late fact and new call. */
  reason: 'unreachable' | 'busy' | 'closed' | 'passed-on' | 'merged' | 'replay';
}

export interface InboxRepository {
  /** Durable when it resolves (majority, journalled). A second insert of the same connection, call and delivery key is the same item. */
  insert(item: Omit<InboxItem, 'id' | 'attempts'>, options: { timeoutMs: number }): Promise<void>;
  /** Leases the oldest items that are due; a lease that ends without `done` or `later` frees the item. */
  lease(owner: string, limit: number, leaseMs: number): Promise<InboxItem[]>;
  done(id: string): Promise<void>;
  later(id: string, delayMs: number): Promise<void>;
  count(): Promise<number>;
  isEmpty(): Promise<boolean>;
  /** Events held for one call, oldest first; for `GET` on a call that Temporal has not seen yet. */
  forCall(connection: string, callId: string): Promise<InboxItem[]>;
  /** Everything held for one connection, oldest first; at most `limit`. */
  forConnection(connection: string, limit: number): Promise<InboxItem[]>;
  /**
   * Removes all events of each call of which `isTheirs` says so of one: half a call would be written as another one. Looks
   * through all events of the connection, because they are sealed.
   *
   * @param goesOn whether a workflow waits for them, so that they must stay; by default none does.
   */
  erase(
    connection: string,
    isTheirs: (event: CallEvent) => boolean,
    goesOn?: (call: Pick<InboxItem, 'callId' | 'workflowId'>) => Promise<boolean>,
  ): Promise<number>;
  /** Gives up what nobody took for so long; answers how many. */
  purge(which: WhichConnections, before: Date): Promise<number>;
}

export interface ReusedIdRepository {
  /**
   * The id of the later call that started at `startedAt` under a counter used before (see `laterCallId`). Events of one
   * call tell or imply slightly different starts: all within `windowMs` of the first one get the same answer, in every
   * process.
   */
  callIdFor(connection: string, callId: string, startedAt: string, windowMs: number): Promise<string>;
  /** The id of the latest of the later calls under a counter; null: there is none. */
  latest(connection: string, callId: string): Promise<string | null>;
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
  /** Removes what `isTheirs` says; looks through all items of the connection, because they are sealed. */
  erase(connection: string, isTheirs: (item: RejectedItem) => boolean): Promise<number>;
  /** Removes what is older; answers how many. */
  purge(which: WhichConnections, before: Date): Promise<number>;
}
