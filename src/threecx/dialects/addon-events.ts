import type { CallEventKind, Direction } from '../../domain/call-event';
import type { SentFields } from './sent-fields';

/** An event of a webhook add-on in our words. */
export interface AddonEvent {
  event: CallEventKind;
  direction: Direction | undefined;
}

/**
 * Events of the add-ons that people call "3CX webhooks" (`3cx.md` section 3.3). The name of a pick-up varies by
 * version; `incoming` and `outgoing` come at the end of a call, and once more with `FILES` when it was recorded.
 */
const addonEvents: ReadonlyMap<string, AddonEvent> = new Map<string, AddonEvent>([
  ['ringing', { event: 'call-ringing', direction: 'inbound' }],
  ['dialing', { event: 'call-ringing', direction: 'outbound' }],
  ['incomingcall_started', { event: 'call-answered', direction: 'inbound' }],
  ['pickupincoming', { event: 'call-answered', direction: 'inbound' }],
  ['hangupincoming', { event: 'call-answered', direction: 'inbound' }],
  ['pickupoutgoing', { event: 'call-answered', direction: 'outbound' }],
  ['incoming', { event: 'call-ended', direction: 'inbound' }],
  ['outgoing', { event: 'call-ended', direction: 'outbound' }],
  ['recording', { event: 'recording-ready', direction: undefined }],
]);

/** Names that only add-ons give to the fields, beside the general aliases. */
export const addonAliases = { callId: ['id'], extension: ['user'] } as const;

/** The add-on's event in our words; undefined when the name is none of theirs. */
export function addonEvent(name: string): AddonEvent | undefined {
  return addonEvents.get(name.toLowerCase());
}

/** `250917161728_41-0` without its part counter, which grows when the call is picked up; other ids as they are. */
export function addonCallId(id: string): string {
  return /^\d{12}_\d+-\d+$/.test(id) ? id.replace(/-\d+$/, '') : id;
}

/** Whether the add-on's `user` is an extension and no queue, IVR or trunk. */
export function namesExtension(fields: SentFields): boolean {
  const userType = fields.text('usertype')?.toLowerCase();
  return userType === undefined || userType.startsWith('ext');
}
