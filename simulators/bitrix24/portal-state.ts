/** A person (or bot) of the portal. */
export interface PortalUser {
  id: number;
  name: string;
  /** Internal number (`UF_PHONE_INNER`); null when none is set. */
  extension: string | null;
  active: boolean;
  /** Bots and e-mail users are `other`: never returned by user.get, never accepted for a call. */
  kind: 'employee' | 'other';
  /** Has the rights of an administrator. */
  admin: boolean;
}

/** Kinds of CRM objects that a call can be linked with or make. */
export type CrmType = 'CONTACT' | 'LEAD' | 'COMPANY' | 'DEAL';

/** An object of the CRM with its phone numbers. */
export interface CrmEntity {
  type: CrmType;
  id: number;
  name: string;
  phones: string[];
  assignedById: number;
  sourceId: string | null;
  /** CALL_ID of the call that made it; null for seeded ones. */
  createdByCallId: string | null;
}

/** A link to a CRM object. */
export interface CrmLink {
  type: CrmType;
  id: number;
}

/** A registered call that was not finished yet. */
export interface OpenCall {
  callId: string;
  userId: number;
  /** Stripped: digits and `# * + , ;` only. */
  number: string;
  type: number;
  /** The call's start, Unix milliseconds; the duplicate window of 30 minutes counts from it. */
  dateCreate: number;
  /** null for every incoming webhook. */
  appId: number | null;
  appName: string | null;
  lineId: number | null;
  lineNumber: string | null;
  externalCallId: string | null;
  internal: boolean;
  crm: CrmLink | null;
  created: CrmLink[];
  /** How often register was asked for this call: 1, plus one per duplicate. */
  registrations: number;
}

/** A row of the call statistics, made by finish. */
export interface StatisticsRow {
  id: number;
  callId: string;
  externalCallId: string | null;
  userId: number;
  number: string;
  portalNumber: string;
  lineNumber: string | null;
  type: number;
  durationSeconds: number;
  startedAt: number;
  finishedAt: number;
  statusCode: string;
  failedReason: string;
  vote: number;
  cost: number;
  costCurrency: string;
  appId: number | null;
  appName: string | null;
  crm: CrmLink | null;
  activityId: number | null;
  recordFileId: number | null;
  transcriptId: number | null;
  /** What ADD_TO_CHAT of finish came to; an omitted one counts as false. */
  addedToChat: boolean;
}

/** A CRM activity made by finish. */
export interface Activity {
  id: number;
  callId: string;
  owner: CrmLink;
  responsibleId: number;
  missed: boolean;
  completed: boolean;
  /** At most one: a new record replaces the list. */
  fileIds: number[];
}

/** A missed call of the portal's list; `calledBack` by an outgoing call to exactly the same number. */
export interface MissedCall {
  callId: string;
  number: string;
  userId: number;
  calledBack: boolean;
}

/** A stored recording. */
export interface RecordFile {
  id: number;
  name: string;
  /** Month folder of the call's start, `YYYY-MM`; names are unique in it. */
  folder: string;
  bytes: number;
  callId: string;
  mode: 'inline' | 'upload' | 'pull';
  path: string;
}

/** An external line of one application. */
export interface Line {
  id: number;
  number: string;
  name: string;
  crmAutoCreate: 'Y' | 'N';
  appId: number | null;
}

/** A transcript of a finished call. */
export interface Transcript {
  id: number;
  callId: string;
  messages: { side: string; startTime: number; stopTime: number; message: string }[];
}

/** A push to a person's browser: the call card opens or closes. */
export interface CardPush {
  at: number;
  callId: string;
  userId: number;
  action: 'show' | 'hide';
  by: 'register' | 'show' | 'hide' | 'finish';
}

/** A handler bound with event.bind. */
export interface EventBinding {
  id: number;
  event: string;
  handler: string;
  /** User whose access the event carries; 0: whoever set it off. */
  authType: number;
  appId: number;
}

/** Everything the portal keeps. */
export interface PortalState {
  users: PortalUser[];
  crm: CrmEntity[];
  openCalls: OpenCall[];
  statistics: StatisticsRow[];
  activities: Activity[];
  missedCalls: MissedCall[];
  files: RecordFile[];
  lines: Line[];
  transcripts: Transcript[];
  cards: CardPush[];
  bindings: EventBinding[];
}

/** An empty portal. */
export function emptyState(): PortalState {
  return {
    users: [],
    crm: [],
    openCalls: [],
    statistics: [],
    activities: [],
    missedCalls: [],
    files: [],
    lines: [],
    transcripts: [],
    cards: [],
    bindings: [],
  };
}
