import type { RecordingPlan } from './place-call';
import type { Recording } from './pbx-state';
import type { Cast, ScenarioCall } from './scenarios';
import type { MomentPlan } from './call-plan';
import type { PlacedCall } from './place-call';

/** Where webhooks go. */
export interface WebhookTarget {
  /** Origin of the bridge, without a slash at the end. */
  url: string;
  /** Name of the connection. */
  connection: string;
  token: string;
  /** How the token travels. Default `bearer`. */
  auth?: 'bearer' | 'basic' | 'header' | 'query';
}

/**
 * Who tells about calls: `webhooks` (the public contract's names), `answer-end-form` (the form with `USER_PHONE_INNER` at the answer
 * and the end), `add-on` (a third-party generator, 3cx.md 3.3), `report` (a CRM template's journal), `cfd` (a Call Flow
 * Designer app at the start), `lookup` (the CRM template's number lookup while ringing).
 */
export type Source = 'webhooks' | 'answer-end-form' | 'add-on' | 'report' | 'cfd' | 'lookup';

/** How a message is sent: POST with JSON or a form, or GET. */
export type Transport = 'json' | 'form' | 'get';

/** What goes wrong on the way. Events are named as in the message, e.g. `call-ended`; `all` is every one. */
export interface DeliveryFaults {
  /** Never sent. */
  lose?: string[] | 'all';
  /** Sent twice, with the same delivery id, at the same time. */
  duplicate?: string[] | 'all';
  /** Sent again after everything else, so many times. */
  repeat?: { events: string[] | 'all'; times: number };
  /** Values are variables that nobody filled in. */
  placeholders?: string[] | 'all';
  /** Default `scripted`. Others only with `speed` Infinity. */
  order?: 'scripted' | 'reversed' | 'shuffled';
  /** Of `shuffled`. Default 1. */
  seed?: number;
  /** All messages at once. Only with `speed` Infinity. */
  burst?: boolean;
}

/** How a scenario is played. */
export interface PlayOptions {
  /** Without it nothing is sent: the calls only happen in the PBX. */
  to?: WebhookTarget;
  /** Default `webhooks`. */
  sources?: Source[];
  /** Default JSON; that form and the add-on's GET when they are the source. */
  transport?: Transport;
  /** false: the event stands in the body and not in the path. Default true. */
  eventInPath?: boolean;
  /** Id under which webhooks know the call: history id or the integer callid. Default `history`. */
  idForm?: 'history' | 'callid';
  /** false: no `deliveryId`. Default true. */
  deliveryIds?: boolean;
  /** false: no `recording-ready`. Default true, once per recording. */
  recordingReady?: boolean;
  /** Words of the add-on: its own names, or those of the public contract. Default `own`. */
  addOnEvents?: 'own' | 'public';
  /** K2M writes its keys with a capital. Default false. */
  addOnCapitals?: boolean;
  /** true: the Call Flow Designer app finds no id and writes `Unknown`. Default false. */
  cfdWithoutId?: boolean;
  /** One journal report per call, or one per phone that talked (nobody talked: that rang). Default `one`. */
  reports?: 'one' | 'per-agent';
  /** true: internal calls are reported and looked up too. Default false. */
  reportInternal?: boolean;
  /** The shipped CRM template as XML, rendered for reports and lookups; without it a plain JSON report. */
  template?: string;
  /** Values of the template's parameters by name. `BaseUrl` and `ApiKey` come from `to` unless given. */
  templateParameters?: Record<string, string>;
  /** How often a failed delivery is sent again. Default 0, as 3CX does. */
  retries?: number;
  /** Real milliseconds. Default 10 000. */
  deliveryTimeoutMs?: number;
  /** Times faster than life; Infinity (default): all at once. At least 1. */
  speed?: number;
  /** Unix milliseconds of the first call's start. Default such that the last event is told at its very time. */
  startAt?: number;
  /** Who plays. */
  cast?: Partial<Cast>;
  /** Rows and files of the recordings, and the log. */
  recordings?: RecordingPlan;
  faults?: DeliveryFaults;
  /** Called after each moment has happened and was told; a test may wait in it. In process only. */
  onMoment?: (happening: Happening) => void | Promise<void>;
}

/** Something that happened in a call, ready to be told. */
export interface Happening {
  kind: MomentPlan['kind'] | 'recording';
  /** Unix milliseconds, PBX clock. */
  at: number;
  extension: string | null;
  toExtension: string | null;
  placed: PlacedCall;
  /** Set for `recording`. */
  recording: Recording | null;
}

/** One message to the bridge. */
export interface Message {
  source: Source;
  event: string;
  method: 'GET' | 'POST';
  /** From the slash on, without the query of a GET. */
  path: string;
  headers: Record<string, string>;
  /** Fields of a GET's query or of the body. */
  fields: Record<string, unknown>;
  transport: Transport;
  historyId: string;
}

/** A message that was sent, or lost on purpose. */
export interface Delivery extends Message {
  id: number;
  /** Unix milliseconds, PBX clock. */
  sentAt: number;
  attempts: number;
  /** Of the last attempt; 0 when there was no answer. */
  status: number;
  /** Body of the last answer, parsed when it is JSON. */
  answer: unknown;
  error: string | null;
}

/** What must be known of one call in the end. Instants are ISO 8601 in UTC. */
export interface ExpectedCall {
  scenario: string;
  /** Id under which webhooks named the call. */
  callId: string;
  historyId: string;
  mainHistoryId: string;
  callid: number;
  /** Internal: nothing of it may reach the CRM. */
  ignored: boolean;
  direction: 'inbound' | 'outbound' | 'internal';
  /** E.164 digits; empty when hidden. */
  callerNumber: string;
  did: string | null;
  /** Extensions that rang, first one first. */
  rang: string[];
  /** Who talked last; null: nobody. */
  extension: string | null;
  /** `null`: no event ever tells the end. */
  status: 'answered' | 'missed' | 'busy' | 'cancelled' | null;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  durationSeconds: number;
  /** In the order in which they were spoken; `control.sha256(id)` tells their content. */
  recordings: { id: number; bytes: number }[];
}

/** What a play has done. */
export interface Played {
  scenario: string;
  calls: ExpectedCall[];
  deliveries: Delivery[];
  /** Deliveries whose answer was not 2xx. */
  failed: Delivery[];
}

/** A scenario by name, or calls of your own told with `CallTeller`. */
export type Playable<Name extends string> = Name | { name: string; calls: ScenarioCall[] };
