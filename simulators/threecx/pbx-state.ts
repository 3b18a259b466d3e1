/** Roles of 3CX, the mightiest first (3cx.md 5.4). */
export const roles = [
  'system_owners',
  'system_admins',
  'group_owners',
  'managers',
  'group_admins',
  'receptionists',
  'users',
] as const;
export type Role = (typeof roles)[number];

/** A phone of a person. */
export interface Extension {
  number: string;
  firstName: string;
  lastName: string;
  email: string | null;
  /** false: no talk of this extension is recorded. */
  recordCalls: boolean;
  /** For the user log-in; null: none is possible. */
  password: string | null;
  /** The log-in asks for a second factor, which an API cannot give. */
  twoFactor: boolean;
  role: Role;
}

/** A number that clients dial. */
export interface Did {
  /** Bare digits. */
  number: string;
  name: string;
}

/** What takes calls without being a person. */
export interface Group {
  number: string;
  name: string;
  kind: 'queue' | 'ring-group' | 'ivr';
  members: string[];
}

/** A service principal of the PBX. */
export interface ApiClient {
  clientId: string;
  clientSecret: string;
  role: Role;
  scopes: ('xapi' | 'call-control')[];
  /** Extensions that Call Control shows it. */
  monitored: string[];
}

/** Who is at the two ends of the whole call. */
export type CallDirection = 'inbound' | 'outbound' | 'internal';

/** One end of a leg. */
export interface Party {
  kind: 'extension' | 'group' | 'outside';
  /** Extension, group or trunk. */
  dn: string;
  /** As XAPI shows it: the presented number, or `Ext.101` in recordings and `101` in the log. */
  number: string;
  name: string | null;
}

/** One segment of a call: one row of the log. Instants in Unix milliseconds. */
export interface Leg {
  cdrId: string;
  /** Running number of the row. */
  rowId: number;
  source: Party;
  destination: Party;
  startedAt: number;
  answeredAt: number | null;
  endedAt: number;
  /** History id under which this leg is logged; the consultation's after an attended transfer. */
  historyId: string;
  recordingId: number | null;
}

/** One physical call as the PBX keeps it. Instants in Unix milliseconds. */
export interface PbxCall {
  historyId: string;
  /** Of the call that this one was joined to, else its own. */
  mainHistoryId: string;
  /** Starts again at 1 with each restart. */
  callid: number;
  direction: CallDirection;
  /** E.164 digits of the outside party; empty: hidden, or internal. */
  callerNumber: string;
  /** As the trunk presents it; empty when hidden or internal. */
  presentedNumber: string;
  callerName: string | null;
  /** Bare digits; null for outbound and internal calls. */
  did: string | null;
  startedAt: number;
  endedAt: number;
  legs: Leg[];
  /** Set once the call has ended; the log shows nothing before. */
  over: boolean;
  /** A restart came before its end: neither the log nor anybody else ever tells how it ended. */
  torn: boolean;
  /** When the log shows it; Infinity: never. */
  loggedAt: number;
}

/** One recorded talk. Instants in Unix milliseconds; Infinity: never. */
export interface Recording {
  id: number;
  historyId: string;
  mainHistoryId: string;
  callid: number;
  direction: CallDirection;
  /** The extension that talked. */
  extension: string;
  from: Party;
  to: Party;
  did: string | null;
  startedAt: number;
  endedAt: number;
  /** Length of the file with its header. */
  bytes: number;
  /** When the row can be listed. */
  rowAt: number;
  /** When the file can be loaded. */
  fileAt: number;
  transcriptAt: number;
  /** The file was deleted. */
  deleted: boolean;
  archived: boolean;
}
