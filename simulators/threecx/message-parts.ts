import type { Pbx } from './pbx';
import type { Happening, Message, PlayOptions, WebhookTarget } from './play-options';

/** What the writers of messages need. */
export interface MessageContext {
  pbx: Pbx;
  options: PlayOptions;
  to: WebhookTarget;
}

/** A message before the address and the token are put on it. */
export type Draft = Pick<Message, 'event' | 'fields' | 'transport'> & {
  /** Set by a CRM template: whole path and headers; no token is added. */
  absolute?: { path: string; headers: Record<string, string> };
};

/** The id under which webhooks know a call. */
export function callIdOf(happening: Pick<Happening, 'placed'>, options: PlayOptions): string {
  const { call } = happening.placed;
  return options.idForm === 'callid' ? String(call.callid) : call.historyId;
}
