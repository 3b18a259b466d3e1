import { z } from 'zod';
import type { Participant } from './participant';
import { participantKey, readParticipant } from './participant';

/** What the event socket says about one participant. */
export interface ParticipantMessage {
  /** Null when the PBX tells none. */
  sequence: number | null;
  change: 'upsert' | 'remove';
  key: string;
  /** Where the participant can be read again. */
  path: string;
  /** Only some deployments send it along. */
  attached: Participant | null;
}

const eventTypes: Record<number, ParticipantMessage['change']> = { 0: 'upsert', 1: 'remove' };

const messageSchema = z.object({
  sequence: z.number().nullish().catch(null),
  event: z.object({
    event_type: z.number(),
    entity: z.string().max(512).nullish().catch(null),
    attached_data: z.unknown().optional(),
  }),
});
/** No segment can lead out of the path, whatever a DN is called. */
const entityForm = /^\/callcontrol\/((?!\.+\/)[A-Za-z0-9_.*#-]{1,64})\/participants\/([0-9]{1,15})\/?$/;

/**
 * Reads one message; `sequence` also of those that tell of something else, so that gaps can be seen. Null: no message of
 * this protocol.
 */
export function readMessage(
  text: string,
): { sequence: number | null; participant: ParticipantMessage | null } | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  const read = messageSchema.safeParse(body);
  if (!read.success) return null;
  const { event } = read.data;
  const sequence = read.data.sequence ?? null;
  const change = eventTypes[event.event_type];
  const entity = entityForm.exec(event.entity ?? '');
  if (change === undefined || entity === null) return { sequence, participant: null };
  const [, dn = '', id = ''] = entity;
  const key = participantKey(dn, id);
  const path = `/callcontrol/${encodeURIComponent(dn)}/participants/${id}`;
  return {
    sequence,
    participant: { sequence, change, key, path, attached: readAttached(event.attached_data, key) },
  };
}

/** Null, the participant itself, or a wrapper around it (3cx.md 3.1); anything else is read again. */
function readAttached(data: unknown, key: string): Participant | null {
  if (typeof data !== 'object' || data === null) return null;
  const wrapped = (data as { Response?: unknown; response?: unknown }).Response ?? null;
  const participant = readParticipant(wrapped ?? data);
  return participant?.key === key ? participant : null;
}
