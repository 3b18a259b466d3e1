import type { Draft, MessageContext } from './message-parts';
import type { Happening } from './play-options';

/** A Call Flow Designer app that inbound calls enter first: its history id, caller and DID, at the start only (3cx.md 2.2). */
export function cfdMessages(happening: Happening, { options }: MessageContext): Draft[] {
  const { call } = happening.placed;
  if (happening.kind !== 'started' || call.direction !== 'inbound') return [];
  const historyId = options.cfdWithoutId === true ? 'Unknown' : call.historyId;
  const fields = { historyId, caller: call.presentedNumber, did: call.did ?? '', app: '888' };
  return [{ event: 'call-started', transport: options.transport ?? 'json', fields }];
}
