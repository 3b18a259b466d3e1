import { randomBytes } from 'node:crypto';
import { flag, namedUser, requireActiveUser, requireApplication, stripNumber } from './call-parameters';
import { linkCall } from './crm-links';
import { ensureLine } from './lines';
import type { Method, MethodCall } from './method';
import { phpInt, phpString, phpTrue } from './php';
import type { Params } from './php';
import type { Line, OpenCall } from './portal-state';
import type { Portal } from './portal';
import { parsePortalDate } from './portal-time';
import { telephonyError } from './rest-error';

/** An open call catches duplicates for so long after its start date. */
const duplicateWindowMs = 30 * 60_000;

/** What register knows after its six checks. */
interface Registration {
  userId: number;
  type: number;
  number: string;
  startedAt: number;
}

/** telephony.externalCall.register: opens a call or finds the one that is open (reference section 5.1). */
export const register: Method = {
  scopes: ['telephony'],
  run: (portal, call) => {
    requireApplication(portal, call);
    const wanted = check(portal, call.params);
    const line = ensureLine(portal, call.caller.appId, call.params['LINE_NUMBER']);
    const open = findDuplicate(portal, call, wanted, line) ?? openCall(portal, call, wanted, line);
    open.call.registrations += 1;
    if (flag(call.params, 'SHOW', true))
      portal.pushCard(open.call.callId, open.call.userId, 'show', 'register');
    portal.changes.notify();
    return {
      result: { ...registerResult(open.call), ...(open.error && { LEAD_CREATION_ERROR: open.error }) },
    };
  },
};

function check(portal: Portal, params: Params): Registration {
  const userId = namedUser(portal, params);
  const type = phpInt(params['TYPE']);
  if (type < 1 || type > 5) throw telephonyError('Unknown TYPE');
  const date = params['CALL_START_DATE'];
  const startedAt = phpTrue(date) ? parsePortalDate(phpString(date), portal.timeZone) : portal.clock.now();
  if (startedAt === null) throw telephonyError('CALL_START_DATE should be in the ISO-8601 format');
  const number = stripNumber(params['PHONE_NUMBER']);
  if (!phpTrue(number)) throw telephonyError('Unsupported phone number format');
  requireActiveUser(portal, userId);
  return { userId, type, number, startedAt };
}

interface Opened {
  call: OpenCall;
  error?: string | undefined;
}

function findDuplicate(
  portal: Portal,
  call: MethodCall,
  wanted: Registration,
  line: Line | null,
): Opened | undefined {
  const externalCallId = externalId(portal, call.params);
  const found = portal.state.openCalls.find(
    (one) =>
      one.userId === wanted.userId &&
      one.number === wanted.number &&
      one.type === wanted.type &&
      one.appId === call.caller.appId &&
      one.dateCreate > portal.clock.now() - duplicateWindowMs &&
      (line === null || one.lineId === line.id) &&
      (externalCallId === null || one.externalCallId === externalCallId),
  );
  return found && { call: found };
}

function openCall(portal: Portal, call: MethodCall, wanted: Registration, line: Line | null): Opened {
  const { userId, number, type, startedAt } = wanted;
  const callId = newCallId(portal);
  const internal = portal.state.users.some((user) => user.active && user.extension === number);
  const crm = internal ? { link: null, created: [] } : linkCall(portal, callId, number, userId, call.params);
  const opened: OpenCall = {
    callId,
    userId,
    number,
    type,
    dateCreate: startedAt,
    appId: call.caller.appId,
    appName: call.caller.appName,
    lineId: line?.id ?? null,
    lineNumber: line?.number ?? null,
    externalCallId: externalId(portal, call.params),
    internal,
    crm: crm.link,
    created: crm.created,
    registrations: 0,
  };
  portal.state.openCalls.push(opened);
  portal.events.emitLater('ONVOXIMPLANTCALLINIT', {
    CALL_ID: callId,
    CALL_TYPE: type,
    ACCOUNT_SEARCH_ID: line?.number ?? '',
    PHONE_NUMBER: line?.number ?? '',
    CALLER_ID: number,
  });
  return { call: opened, error: 'error' in crm ? crm.error : undefined };
}

function externalId(portal: Portal, params: Params): string | null {
  const given = params['EXTERNAL_CALL_ID'];
  return portal.switches.knowsExternalCallId && phpTrue(given) ? phpString(given) : null;
}

/** A new id in the portal's form: `externalCall.`, 32 hex digits, a dot, Unix seconds. */
export function newCallId(portal: Portal): string {
  return `externalCall.${randomBytes(16).toString('hex')}.${Math.floor(portal.clock.now() / 1000)}`;
}

/** The answer of register for a call that is open. */
function registerResult(call: OpenCall): Record<string, unknown> {
  return {
    CALL_ID: call.callId,
    CRM_CREATED_LEAD: call.created.find((link) => link.type === 'LEAD')?.id ?? null,
    CRM_CREATED_ENTITIES: call.created.map((link) => ({ ENTITY_TYPE: link.type, ENTITY_ID: link.id })),
    CRM_ENTITY_TYPE: call.crm?.type ?? '',
    CRM_ENTITY_ID: call.crm?.id ?? null,
  };
}
