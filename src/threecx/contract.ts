import type { RecordingInput } from '../domain/call-steps';
import type { Connection } from '../domain/connection';
import type { DoctorCheck } from '../domain/doctor-check';
import type { LogLeg } from '../domain/log-calls';

/** For whom a request is made. */
export interface ThreecxContext {
  connection: Connection;
  /** Set when the request belongs to a call: it is then listed on the call's page. */
  callId: string | null;
  /** Counted from 1. */
  attempt: number;
  signal?: AbortSignal;
}

/** What is known of a call when its recordings are looked for. Instants are ISO 8601 with offset. */
export type RecordingQuery = Pick<
  RecordingInput,
  | 'callId'
  | 'direction'
  | 'extensions'
  | 'callerNumber'
  | 'did'
  | 'startedAt'
  | 'answeredAt'
  | 'endedAt'
  | 'durationSeconds'
  | 'recordingId'
>;

/** One recording at the PBX, in the order in which the parts were spoken. */
export interface FoundRecording {
  id: string;
  startedAt: string | null;
  /** How to get the bytes: a path on the connection's own origin, or a file under the connection's folder. */
  from: { kind: 'path'; path: string } | { kind: 'file'; file: string };
}

/**
 * The answer to "where is the recording of this call". `found` is never empty; `not-yet` may still come; `never` is
 * final, with a stable reason such as `recording-off` or `not-recorded`.
 */
export type RecordingSearch =
  | { state: 'found'; recordings: FoundRecording[] }
  | { state: 'not-yet'; reason: string }
  | { state: 'never'; reason: string };

/** One leg of 3CX's call log. */
export type CallLogRow = LogLeg;

/** What only the report of inbound calls tells: the number that the client dialled. Digits as the PBX writes them. */
export interface InboundDid {
  historyId: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  callerNumber: string;
  did: string;
}

/**
 * 3CX as the bridge uses it. Throws `PeerError` only; never follows a redirect; calls the connection's own origin and
 * nothing else; one token owner per API client over all processes.
 */
export interface ThreecxClient {
  findRecordings(context: ThreecxContext, query: RecordingQuery): Promise<RecordingSearch>;
  /**
   * Streams one recording into a new local file (mode 0600), whole and within `maxBytes`.
   *
   * @param progress called with the bytes so far, often enough for a heartbeat.
   */
  download(
    context: ThreecxContext,
    recording: FoundRecording,
    target: { file: string; maxBytes: number; progress: (bytes: number) => void },
  ): Promise<{ bytes: number; contentType: string | null }>;
  /** Rows of the call log that started in the range, all pages, oldest first. */
  callLog(context: ThreecxContext, range: { from: Date; to: Date }): Promise<CallLogRow[]>;
  /** DIDs of the inbound calls that started in the range. Since 3CX 20.0.6. */
  inboundDids(context: ThreecxContext, range: { from: Date; to: Date }): Promise<InboundDid[]>;
  /** Clock of the PBX minus ours in milliseconds, by its last answer; null: it has not answered this process yet. */
  clockSkewMs(connection: Connection): number | null;
  /** The doctor's 3CX half; leaves no trace in the PBX. */
  checks(connection: Connection): Promise<DoctorCheck[]>;
}
