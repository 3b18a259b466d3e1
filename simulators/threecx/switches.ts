import type { HistoryIdForm } from './history-id';

/** Releases that differ in what XAPI gives (3cx.md section 8). */
export const versions = ['20.0.5', '20.0.6', '20.0.7', '20.0.8', '20.0.9', '20.0.10'] as const;
export type Version = (typeof versions)[number];

/** How external numbers come from the trunk: `+7916…`, `7916…`, `007916…`, or national `8916…`. */
export type NumberForm = 'plus' | 'digits' | 'zeros' | 'national';

/** Disputed or adjustable behaviour of the PBX; may be changed while it runs. */
export interface Switches {
  /** Drives the fields of XAPI answers and the unit of expires_in. Default 20.0.9. */
  version: Version;
  /** `minutes`: expires_in 60, as before 20.0.9; `seconds`: 3600; `version`: what the version does. Default `version`. */
  expiresIn: 'version' | 'minutes' | 'seconds';
  /** Real life of a token. Default 60 minutes. */
  tokenLifetimeMs: number;
  /** Failed log-ins of one address that are still answered; the next one blocks it. Default 3. */
  allowedFailures: number;
  /** What a blocked address meets: a broken connection, silence, or 403. Default `drop`. */
  blockedAnswer: 'drop' | 'silence' | 'forbidden';
  /** Status of a failed user log-in; its body says AuthFailed either way. Default 401. */
  authFailedStatus: 200 | 401;
  /** Whether a Call Control socket ends when its token is superseded (unknown of the real PBX). Default `close`. */
  supersededSocket: 'close' | 'keep';
  /** false: no Call Control, 403. Default true. */
  callControlLicensed: boolean;
  /** What an upsert carries. Default `none`, as on a stock PBX. */
  attachedData: 'none' | 'object' | 'wrapped';
  /** How many upserts tell one state. Default 1. */
  upsertsPerState: number;
  /** Form of the history ids of calls that start from now on. Default `v20`. */
  historyIdForm: HistoryIdForm;
  /** Default `plus`. */
  numberForm: NumberForm;
  /** What XAPI shows in the place of a hidden number. Default `anonymous`. */
  anonymousText: string;
  /** Members of recordings that are always null, e.g. `FromDidNumber`. Default none but those without a value. */
  nullRecordingFields: string[];
  /** After the end of the call; Infinity: never. Default 1 s. */
  callLogDelayMs: number;
  /** Row of a recording, after the end of the whole call; Infinity: never. Default 2 s. */
  recordingDelayMs: number;
  /** File of a recording, after its row; Infinity: never. Default 500 ms. */
  fileDelayMs: number;
  /** Transcript, after the row; Infinity: never. Default 3 minutes. */
  transcriptDelayMs: number;
  /** Talks are recorded unless the extension or the scenario says otherwise. Default true. */
  recordCalls: boolean;
  /** Calls between extensions are recorded too. Default false. */
  recordInternalCalls: boolean;
  /** Order of calls in the call log without `$orderby`. Default `newest`. */
  callLogOrder: 'newest' | 'oldest';
  /** Reports over a longer range end in the proxy's 504. Default 31 days. */
  longestRangeMs: number;
  /** false: downloads come in chunks, without a Content-Length. Default true. */
  downloadLengthDeclared: boolean;
  /** false: there is no `/api/recordings?callId=`. Default true. */
  recordingsByCallId: boolean;
  /** Body of `/api/recordings`: `{ list }` or an array. Default `list`. */
  byCallIdShape: 'list' | 'array';
  /** Addresses in it: a path, a relative reference, one with the own origin, or one on a foreign origin. Default `path`. */
  byCallIdAddress: 'path' | 'relative' | 'absolute' | 'foreign';
  /** Origin of foreign addresses and of the redirect fault. Default one that cannot exist. */
  foreignOrigin: string;
  /** true: the v18 console API answers too. Default true. */
  consoleApi: boolean;
}

/** The switches in their default positions. */
export function defaultSwitches(): Switches {
  return {
    version: '20.0.9',
    expiresIn: 'version',
    tokenLifetimeMs: 60 * 60_000,
    allowedFailures: 3,
    blockedAnswer: 'drop',
    authFailedStatus: 401,
    supersededSocket: 'close',
    callControlLicensed: true,
    attachedData: 'none',
    upsertsPerState: 1,
    historyIdForm: 'v20',
    numberForm: 'plus',
    anonymousText: 'anonymous',
    nullRecordingFields: [],
    callLogDelayMs: 1_000,
    recordingDelayMs: 2_000,
    fileDelayMs: 500,
    transcriptDelayMs: 180_000,
    recordCalls: true,
    recordInternalCalls: false,
    callLogOrder: 'newest',
    longestRangeMs: 31 * 24 * 3_600_000,
    downloadLengthDeclared: true,
    recordingsByCallId: true,
    byCallIdShape: 'list',
    byCallIdAddress: 'path',
    foreignOrigin: 'http://elsewhere.invalid',
    consoleApi: true,
  };
}

/** Whether the PBX is of this release or a later one. */
export function isSince(switches: Switches, version: Version): boolean {
  return versions.indexOf(switches.version) >= versions.indexOf(version);
}
