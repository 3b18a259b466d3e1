import { z } from 'zod';
import type { DoctorCheck } from '../domain/doctor-check';
import type { RequestContext } from './contract';
import { tolerated } from './not-told';
import type { PortalRequests } from './portal-requests';

const clickEvent = 'ONEXTERNALCALLSTART';
const rowsSchema = z.array(z.looseObject({ event: z.string(), handler: z.string().nullish() }));

/**
 * Whether clicks on a number are told to us (`bitrix24.md` section 7). Reads the handlers of the application by
 * `event.get`, which binds nothing: what is missing is bound by installing again.
 *
 * @param handler address of ours at which events are taken.
 */
export async function clickEvents(
  requests: PortalRequests,
  context: RequestContext,
  handler: string,
): Promise<Omit<DoctorCheck, 'name'>> {
  const { auth } = context.connection.bitrix24;
  if (auth.kind === 'webhook')
    return {
      ok: true,
      detail:
        'An incoming webhook cannot bind events: a click on a number in Bitrix24 is not told to us. The call itself is logged as any other.',
      mend: 'Use a local application instead of the webhook, if users shall dial by a click in Bitrix24.',
    };
  const call = { method: 'event.get', params: {}, cls: 'cards', effect: 'read' } as const;
  const rows = await tolerated(() => requests.call(context, call, rowsSchema));
  if ('untold' in rows)
    return { ok: true, detail: `The portal does not tell which events are bound (${rows.untold}).` };
  const handlers = rows.told
    .filter(({ event }) => event.toUpperCase() === clickEvent)
    .map((row) => row.handler ?? '');
  const bound = handlers.some((one) => sameAddress(one, handler));
  const known = auth.applicationToken !== undefined;
  if (bound && known)
    return { ok: true, detail: `${clickEvent} is bound: clicks on a number are told to us.` };
  const again = 'Install the local application in Bitrix24 again: the event is bound then.';
  if (bound)
    return {
      ok: false,
      detail: `${clickEvent} is bound, but its events are refused: the connection holds no application token.`,
      mend: `Put the application’s token into the connection, or: ${again}`,
    };
  const elsewhere = new Set(handlers.map(originOf));
  if (elsewhere.size > 0)
    return {
      ok: false,
      detail: `${clickEvent} is bound to another address (${[...elsewhere].join(', ')}), not to ours.`,
      mend: `See that PUBLIC_URL is the address under which Bitrix24 reaches this server. ${again}`,
    };
  // Who never installed the application through us has not asked for clicks.
  return {
    ok: !known,
    detail: `${clickEvent} is not bound: clicks on a number are not told to us.`,
    mend: again,
  };
}

function sameAddress(one: string, other: string): boolean {
  const hrefOf = (text: string): string => (URL.canParse(text) ? new URL(text).href : text);
  return hrefOf(one) === hrefOf(other);
}

/** A handler's path and query may hold a secret. */
function originOf(handler: string): string {
  return URL.canParse(handler) ? new URL(handler).origin : 'unreadable';
}
