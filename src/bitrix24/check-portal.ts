import { z } from 'zod';
import type { Connection } from '../domain/connection';
import type { DoctorCheck } from '../domain/doctor-check';
import { PeerError } from '../domain/peer-error';
import type { RequestContext } from './contract';
import { clickEvents } from './check-click-event';
import { sipLines } from './check-sip-lines';
import { statistics } from './check-statistics';
import type { PortalRequests } from './portal-requests';
import { findUser } from './users';

const largestSkewMs = 60_000;
/** What the bridge does needs the first two; without `crm` the portal links calls all the same. */
const neededScopes = [['telephony'], ['user', 'user_basic']];

/** The doctor's Bitrix24 half: every check leaves the portal as it was. */
export async function checkPortal(
  requests: PortalRequests,
  connection: Connection,
  { eventHandler }: { eventHandler: string },
): Promise<DoctorCheck[]> {
  const context: RequestContext = { connection, callId: null, attempt: 1, onPurpose: true };
  const clock = await check('bitrix24-connection', () => portalTime(requests, context));
  if (!clock.ok) return [clock];
  const others = [
    await check('bitrix24-clock', () => clockSkew(requests, context)),
    await check('bitrix24-scopes', () => scopes(requests, context)),
    await check('bitrix24-register', () => mayRegister(requests, context)),
    await check('bitrix24-statistics', () => statistics(requests, context)),
    await check('bitrix24-fallback-user', () => fallbackUser(requests, context)),
    await check('bitrix24-lines', () => lines(requests, context)),
    await check('bitrix24-clicks', () => clickEvents(requests, context, eventHandler)),
    await check('bitrix24-sip-lines', () => sipLines(requests, context)),
  ];
  return [clock, ...others];
}

type Finding = Omit<DoctorCheck, 'name'>;

async function check(name: string, look: () => Promise<Finding>): Promise<DoctorCheck> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const status = error.status === null ? '' : ` (HTTP ${error.status})`;
    return { name, ok: false, detail: `Bitrix24: ${error.reason}${status}`, mend: error.mend };
  }
}

async function askTime(requests: PortalRequests, context: RequestContext): Promise<number> {
  const call = { method: 'server.time', params: {}, cls: 'cards', effect: 'read' } as const;
  return Date.parse(await requests.call(context, call, z.iso.datetime({ offset: true })));
}

async function portalTime(requests: PortalRequests, context: RequestContext): Promise<Finding> {
  await askTime(requests, context);
  const { kind } = context.connection.bitrix24.auth;
  return { ok: true, detail: `The portal answers and takes the ${kind}.` };
}

async function clockSkew(requests: PortalRequests, context: RequestContext): Promise<Finding> {
  const before = requests.clock().getTime();
  const portalMs = await askTime(requests, context);
  const skewMs = portalMs - (before + requests.clock().getTime()) / 2;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= largestSkewMs) return { ok: true, detail: `The clocks differ by ${seconds} s.` };
  const mend = 'Set this server’s clock by NTP: how old a call is decides how a lost answer is made good.';
  return {
    ok: false,
    detail: `The portal’s clock is ${seconds} s ${skewMs > 0 ? 'ahead' : 'behind'}.`,
    mend,
  };
}

async function scopes(requests: PortalRequests, context: RequestContext): Promise<Finding> {
  const call = { method: 'scope', params: {}, cls: 'cards', effect: 'read' } as const;
  const granted = await requests.call(context, call, z.array(z.string()));
  const missing = neededScopes.filter((anyOf) => !anyOf.some((scope) => granted.includes(scope)));
  if (missing.length > 0) {
    const names = missing.map((anyOf) => anyOf[0]).join(', ');
    return { ok: false, detail: `Scopes are missing: ${names}.`, mend: 'Grant them and try again.' };
  }
  const crm = granted.includes('crm') ? '' : ' Without crm nothing in the CRM can be looked up.';
  return { ok: true, detail: `telephony and user are granted.${crm}` };
}

/**
 * Asks to register nothing: the portal checks the kind of authorisation first and the missing user next
 * (`bitrix24.md` 5.1), so the complaint about the user proves that registering is allowed.
 */
async function mayRegister(requests: PortalRequests, context: RequestContext): Promise<Finding> {
  const method = 'telephony.externalCall.register';
  const call = {
    method,
    params: { USER_ID: 0, SHOW: 0 },
    cls: 'cards',
    effect: 'read',
  } as const;
  try {
    await requests.call(context, call, z.unknown());
  } catch (error) {
    if (!(error instanceof PeerError) || error.reason !== 'user-missing') throw error;
    return { ok: true, detail: 'Calls may be registered with this authorisation.' };
  }
  return {
    ok: false,
    detail: 'The portal registered a call that names nobody.',
    mend: 'Please report this.',
  };
}

async function fallbackUser(requests: PortalRequests, context: RequestContext): Promise<Finding> {
  const { fallbackUserId } = context.connection.rules;
  const user = await findUser(requests, context, fallbackUserId, 'cards');
  const mend = 'Set rules.fallbackUserId to an active employee.';
  if (user === null) return { ok: false, detail: `User ${fallbackUserId} does not exist.`, mend };
  if (!user.active) return { ok: false, detail: `User ${fallbackUserId} is dismissed.`, mend };
  return { ok: true, detail: `User ${fallbackUserId} is active.` };
}

async function lines(requests: PortalRequests, context: RequestContext): Promise<Finding> {
  const call = { method: 'telephony.externalLine.get', params: {}, cls: 'cards', effect: 'read' } as const;
  const row = z.looseObject({ NUMBER: z.coerce.string() });
  const known = new Set((await requests.call(context, call, z.array(row))).map((line) => line.NUMBER));
  const mapped = await requests.store.lines.all(context.connection.id);
  const unseen = mapped.filter((line) => !known.has(line.value.lineNumber)).length;
  const later = unseen === 0 ? '' : ` ${unseen} mapped lines appear with their first call.`;
  return { ok: true, detail: `The portal knows ${known.size} external lines of ours.${later}` };
}
