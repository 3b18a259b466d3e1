import type { RegisterParameters } from '../domain/call-steps';
import type { Connection } from '../domain/connection';
import type { DoctorCheck } from '../domain/doctor-check';

/** Classes of requests in the portal's shared budget, first come live calls. */
export type RequestClass = 'register' | 'cards' | 'finish' | 'recording' | 'background';

/** For whom a request is made. */
export interface RequestContext {
  connection: Connection;
  /** Set when the request belongs to a call: it is then listed on the call's page (method, attempt, outcome). */
  callId: string | null;
  /** Counted from 1. */
  attempt: number;
  /** Aborts the HTTP request, e.g. when the activity is cancelled. */
  signal?: AbortSignal;
  /**
   * Unix milliseconds after which nothing is sent any more and no answer is waited for: the caller's attempt is over, and
   * another one may be running (a worker that was frozen wakes up late). Undefined: no end.
   */
  notAfterMs?: number;
  /** Sent even while the credentials are known to be refused: a person is looking into it. Default false. */
  onPurpose?: boolean;
}

/** What `telephony.externalCall.register` answered. */
export interface RegisteredCall {
  bitrix24CallId: string;
  /** Bitrix24 could not create the CRM object; the call is registered all the same. */
  leadCreationFailed: boolean;
}

export interface FinishParameters {
  bitrix24CallId: string;
  userId: number;
  /** Seconds of talk, 0 when nobody talked. */
  durationSeconds: number;
  /** A Bitrix24 status code such as `200` or `304`. */
  statusCode: string;
  addToChat: boolean;
}

/** A row of the portal's call statistics: a finished call. */
export interface StatisticsRow {
  id: string;
  bitrix24CallId: string;
  externalCallId: string | null;
  userId: number;
  activityId: string | null;
  /** Set when a recording is attached. */
  recordFileId: number | null;
}

export interface FinishedCall {
  statisticsId: string | null;
  activityId: string | null;
  /** The normal case for an unknown number with `CRM_CREATE` 0; recorded, never retried. */
  activityMissing: boolean;
  /** The portal tried to make one and could not: no such normal case. */
  activityFailed: boolean;
}

export interface RecordUpload {
  bitrix24CallId: string;
  /** Unique per call and attempt, ASCII, lower-case extension `wav` or `mp3`. */
  fileName: string;
  /** Path of the local file, complete and checked. */
  file: string;
  bytes: number;
  /** What was taken for this upload before; one that is too old is taken anew. */
  reserved?: UploadReservation;
  /** Waited for just before the file itself is sent: from then on the recording may be attached, whatever the answer. */
  uploading?: () => Promise<void>;
}

/** Requests of one upload that were taken out of the portal's budget beforehand. */
export interface UploadReservation {
  /** Unix milliseconds. */
  takenAtMs: number;
}

/** A user with an internal number, from `user.get`. */
export interface PortalUser {
  userId: number;
  name: string;
  active: boolean;
  /** `UF_PHONE_INNER`, null when empty. */
  extension: string | null;
}

/** A CRM object that has a number, from `searchCrmEntities`, the portal's preferred one first. */
export interface CrmMatch {
  entityType: 'CONTACT' | 'COMPANY' | 'LEAD';
  entityId: number;
  name: string;
  responsibleUserId: number | null;
}

/**
 * Bitrix24 as the bridge uses it. Every method takes one request out of the portal's shared budget (or throws
 * `not-yet` with the time to wait: no method sleeps), reports the connection's health, and throws `PeerError` only.
 * Nothing is retried in here, save one repeat after a renewed access token.
 */
export interface Bitrix24Client {
  register(context: RequestContext, parameters: RegisterParameters): Promise<RegisteredCall>;
  /** False: the call is not open. */
  show(context: RequestContext, bitrix24CallId: string, userIds: number[]): Promise<boolean>;
  /** False: the call is not open (finished or unknown), which makes it a harmless probe. */
  hide(
    context: RequestContext,
    bitrix24CallId: string,
    userIds: number[],
    cls?: RequestClass,
  ): Promise<boolean>;
  finish(context: RequestContext, parameters: FinishParameters): Promise<FinishedCall>;
  /**
   * The row whose key really equals the one asked for, or null.
   *
   * @param key an outside id may come from a counter that began anew: with `startedAt` (ISO 8601) a row counts only if its
   *   call can be the one that started then, by the longest believable call of the connection.
   */
  findStatistics(
    context: RequestContext,
    key: { bitrix24CallId: string } | { externalCallId: string; startedAt?: string },
    cls?: RequestClass,
  ): Promise<StatisticsRow | null>;
  /**
   * Takes the requests of one upload out of the budget, without sending any, so that nothing is fetched that cannot be
   * uploaded now.
   */
  reserveUpload(context: RequestContext): Promise<UploadReservation>;
  /** Asks for an upload address, then uploads the file with its length. One repeat makes a second file: look first. */
  attachRecord(context: RequestContext, upload: RecordUpload): Promise<{ fileId: number }>;
  searchCrm(context: RequestContext, phoneDigits: string): Promise<CrmMatch[]>;
  /** All active employees, all pages. */
  users(context: RequestContext): Promise<PortalUser[]>;
  /** Makes the line known under its name; "already exists" is success. */
  nameLine(
    context: RequestContext,
    line: { number: string; name: string; crmAutoCreate: boolean },
  ): Promise<void>;
  /** Applications only: has an event sent to an address; bound already is success. */
  bindEvent(context: RequestContext, binding: { event: string; handler: string }): Promise<void>;
  /**
   * The doctor's Bitrix24 half; leaves no trace in the portal.
   *
   * @param ours `eventHandler`: the address at which events of the connection's application are taken.
   */
  checks(connection: Connection, ours: { eventHandler: string }): Promise<DoctorCheck[]>;
}
