import type { CallEvent, CallEventKind } from '../domain/call-event';
import { callEventKinds } from '../domain/call-event';
import type { KeyedHash } from '../domain/call-id';
import { normaliseCallId, reportCallId, safeCallId, workflowIdFor } from '../domain/call-id';
import type { CallRef } from '../domain/call-steps';
import type { Connection } from '../domain/connection';
import type { AddonEvent } from './dialects/addon-events';
import { addonAliases, addonCallId, addonEvent, namesExtension } from './dialects/addon-events';
import { deliveryKey } from './dialects/delivery-key';
import type { Facts } from './dialects/read-facts';
import { readFacts } from './dialects/read-facts';
import { isPlaceholder } from './dialects/placeholder';
import type { FieldError } from './dialects/sent-fields';
import { SentFields } from './dialects/sent-fields';

export type { FieldError } from './dialects/sent-fields';

/** One webhook after transport: which connection, which event, which fields. */
export interface WebhookInput {
  connection: Pick<Connection, 'id' | 'timeZone' | 'country'>;
  /** From the path; null when the event is named in the body. */
  event: string | null;
  /** A JSON object, or the fields of a form or query string; any keys. */
  fields: Readonly<Record<string, unknown>>;
  /** Header `X-Delivery-Id`; a field `deliveryId` wins over it. */
  deliveryId: string | null;
  receivedAt: Date;
  /** Keyed hash for ids that must not show a number. */
  hash: KeyedHash;
  /** `webhook` unless told otherwise. */
  source?: string;
}

/** Why a webhook was not understood, as listed among the rejected ones. */
export type WebhookRefusal = 'unknown-event' | 'missing-field' | 'placeholder' | 'bad-field';

export type WebhookReading =
  | {
      ok: true;
      /** Where the event belongs; its call id may be a stand-in (`h-…`, `report-…`). */
      ref: CallRef;
      /** The call id as the sender knows it, for the answer; a report without id gets its stand-in. */
      callId: string;
      event: CallEvent;
      ignoredFields: number;
    }
  | { ok: false; status: 400 | 404; reason: WebhookRefusal; errors: FieldError[] };

const needExtension: readonly CallEventKind[] = ['call-ringing', 'call-answered', 'call-transferred'];
/** What Call Flow Designer and journals write where a call has no id (`3cx.md` section 2.2). */
const noId = /^(unknown|null|undefined|none|n\/a|nan)$/i;

/**
 * Turns one webhook into a call event, whichever of the dialects it speaks (the public contract, section 3): our own
 * field names, Bitrix24's, 3CX's journal, a Call Flow Designer app, or a webhook add-on. Pure and total: whatever the
 * fields hold, the answer is an event or a list of what is wrong, and no error text holds a value that was sent.
 */
export function readWebhook(input: WebhookInput): WebhookReading {
  if (typeof input.fields !== 'object' || input.fields === null || Array.isArray(input.fields))
    return refused('bad-field', [{ field: 'body', message: 'must be an object of fields' }]);
  const named = nameEvent(input);
  if ('errors' in named) return named;
  const fields = new SentFields(input.fields, named.addon === undefined ? undefined : addonAliases);
  const { kind, facts } = readTelling(fields, named, input);
  const sentId = readCallId(fields, named.addon !== undefined);
  const deliveryId = fields.read('deliveryId') ?? (input.deliveryId?.trim() || undefined);
  if (sentId === undefined && kind !== 'call-report') fields.refuse('callId', 'required');
  if (sentId === undefined && kind === 'call-report' && !tellsWhichCall(facts))
    fields.refuse('callerNumber', 'required in a report without call id');
  if (facts.extension === undefined && needExtension.includes(kind)) fields.refuse('extension', 'required');
  if (fields.errors.length > 0) return refused(refusalOf(fields), fields.errors);

  const callId = sentId ?? reportId(facts, input);
  const kept =
    sentId === undefined
      ? callId
      : safeCallId(
          sentId,
          { callerNumber: facts.callerNumber, country: input.connection.country },
          input.hash,
        );
  return {
    ok: true,
    ref: {
      connection: input.connection.id,
      callId: kept,
      workflowId: workflowIdFor(input.connection.id, kept),
    },
    callId,
    event: {
      event: kind,
      deliveryKey: deliveryKey({ kind, callId, facts, deliveryId }, input.hash),
      receivedAt: input.receivedAt.toISOString(),
      source: input.source ?? 'webhook',
      ...facts,
    },
    ignoredFields: fields.ignored,
  };
}

interface NamedEvent {
  kind: CallEventKind;
  addon: AddonEvent | undefined;
}

type Refused = Extract<WebhookReading, { ok: false }>;

function nameEvent(input: WebhookInput): NamedEvent | Refused {
  const name = input.event ?? new SentFields(input.fields).text('event');
  if (name === undefined)
    return refused('missing-field', [{ field: 'event', message: 'required, in the address or in the body' }]);
  if (isPlaceholder(name))
    return refused('placeholder', [
      { field: 'event', message: 'still a placeholder: the sender did not fill it in' },
    ]);
  const wanted = input.event === null ? name.toLowerCase() : name;
  const kind = callEventKinds.find((known) => known === wanted);
  if (kind !== undefined) return { kind, addon: undefined };
  const addon = addonEvent(wanted);
  if (addon !== undefined) return { kind: addon.event, addon };
  return refused(
    'unknown-event',
    [{ field: 'event', message: `must be one of ${callEventKinds.join(', ')}` }],
    404,
  );
}

/** The facts, and the event as they show it: add-ons tell by a field what we tell by the name of the event. */
function readTelling(
  fields: SentFields,
  { kind, addon }: NamedEvent,
  { connection }: WebhookInput,
): { kind: CallEventKind; facts: Facts } {
  const { facts, recordingTold } = readFacts(fields, connection, kind === 'call-report');
  if (addon === undefined) return { kind, facts };
  if (!namesExtension(fields)) delete facts.extension;
  const direction = facts.direction ?? addon.direction;
  const told = direction === undefined ? facts : { ...facts, direction };
  if (kind === 'call-ended' && recordingTold) return { kind: 'recording-ready', facts: told };
  // A queue that rings or picks up is nobody; it still tells that the call is there.
  const nobody = facts.extension === undefined && needExtension.includes(kind);
  return { kind: nobody ? 'call-started' : kind, facts: told };
}

function readCallId(fields: SentFields, fromAddon: boolean): string | undefined {
  const text = fields.read('callId');
  if (text === undefined) return undefined;
  if (noId.test(text)) return fields.refuse('callId', 'the PBX had no id to tell');
  return (
    normaliseCallId(fromAddon ? addonCallId(text) : text) ??
    fields.refuse('callId', 'must be 1 to 128 visible ASCII characters')
  );
}

function tellsWhichCall(facts: Facts): boolean {
  return facts.callerNumber !== undefined || facts.extension !== undefined;
}

/** Told start, else computed from the end, else the minute of receipt: the best that a repeat could share. */
function reportId(facts: Facts, { receivedAt, hash }: WebhookInput): string {
  const minuteMs = 60_000;
  const fromEnd =
    facts.endedAt === undefined ? undefined : Date.parse(facts.endedAt) - (facts.durationSeconds ?? 0) * 1000;
  const startMs =
    instantMs(facts.startedAt) ??
    fromEnd ??
    instantMs(facts.answeredAt) ??
    Math.floor(receivedAt.getTime() / minuteMs) * minuteMs;
  return reportCallId(
    {
      extension: facts.extension,
      callerNumber: facts.callerNumber,
      direction: facts.direction,
      startedAt: new Date(startMs).toISOString(),
      endedAt: facts.endedAt,
    },
    hash,
  );
}

function instantMs(instant: string | undefined): number | undefined {
  return instant === undefined ? undefined : Date.parse(instant);
}

function refusalOf(fields: SentFields): WebhookRefusal {
  if (fields.hasPlaceholder) return 'placeholder';
  return fields.errors.every(({ message }) => message.startsWith('required')) ? 'missing-field' : 'bad-field';
}

function refused(reason: WebhookRefusal, errors: FieldError[], status: 400 | 404 = 400): Refused {
  return { ok: false, status, reason, errors };
}
