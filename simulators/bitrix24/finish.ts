import { flag, namedUser, requireActiveUser, requireApplication } from './call-parameters';
import type { Method, MethodCall } from './method';
import { phpFloat, phpInt, phpString, phpTrue } from './php';
import type { Activity, OpenCall, StatisticsRow } from './portal-state';
import type { Portal } from './portal';
import { pullQuietly } from './record-pull';
import { inZone } from './portal-time';
import { AnswerLost, RestError, localised, telephonyError } from './rest-error';

const noEntity = 'Could not find associated crm entity for the current call';

/** telephony.externalCall.finish: writes row and activity, then deletes the open call (reference section 5.2). */
export const finish: Method = {
  scopes: ['telephony'],
  run: async (portal, call) => {
    requireApplication(portal, call);
    const { open, userId } = check(portal, call);
    // Nothing locks the call between check and writing: two finishes at once both get through, as on the real portal.
    await portal.work(call.method);
    portal.pushCard(open.callId, userId, 'hide', 'finish');
    for (const link of open.created) assign(portal, link.type, link.id, userId);
    const row = addRow(portal, call, open, userId);
    const error = addActivity(portal, open, row);
    trackMissed(portal, row);
    const recordUrl = phpString(call.params['RECORD_URL']);
    if (recordUrl !== '') pullQuietly(portal, row, recordUrl);
    if (portal.faults.take('midway', call.method, call.params) !== undefined) {
      portal.changes.notify();
      throw new AnswerLost();
    }
    portal.state.openCalls = portal.state.openCalls.filter((one) => one !== open);
    portal.events.emitLater('ONVOXIMPLANTCALLEND', endEvent(portal, row));
    portal.changes.notify();
    return { result: finishResult(row, error) };
  },
};

function check(portal: Portal, { params }: MethodCall): { open: OpenCall; userId: number } {
  const userId = namedUser(portal, params);
  const callId = params['CALL_ID'];
  if (typeof callId !== 'string') throw new RestError(400, 'INVALID_ARGUMENT', 'CALL_ID must be a string');
  const open = portal.state.openCalls.find((one) => one.callId === callId);
  // The closing bracket is missing on the real portal too.
  if (open === undefined)
    throw telephonyError('Call is not found (call should be registered prior to finishing');
  requireActiveUser(portal, userId);
  return { open, userId };
}

function assign(portal: Portal, type: string, id: number, userId: number): void {
  const entity = portal.state.crm.find((one) => one.type === type && one.id === id);
  if (entity !== undefined) entity.assignedById = userId;
}

function addRow(portal: Portal, { params }: MethodCall, open: OpenCall, userId: number): StatisticsRow {
  const durationSeconds = phpInt(params['DURATION']);
  const status = params['STATUS_CODE'];
  const row: StatisticsRow = {
    id: portal.nextId('row'),
    callId: open.callId,
    externalCallId: open.externalCallId,
    userId,
    number: open.number,
    portalNumber: open.lineNumber ?? `REST_APP:${open.appId ?? ''}`,
    lineNumber: open.lineNumber,
    type: open.type,
    durationSeconds,
    startedAt: open.dateCreate,
    finishedAt: portal.clock.now(),
    statusCode: phpTrue(status) ? phpString(status) : durationSeconds > 0 ? '200' : '304',
    failedReason: phpString(params['FAILED_REASON']),
    vote: phpInt(params['VOTE']),
    cost: phpFloat(params['COST']),
    costCurrency: phpString(params['COST_CURRENCY']),
    appId: open.appId,
    appName: open.appName,
    crm: open.crm,
    activityId: null,
    recordFileId: null,
    transcriptId: null,
    addedToChat: flag(params, 'ADD_TO_CHAT', false),
  };
  portal.state.statistics.push(row);
  return row;
}

function addActivity(portal: Portal, open: OpenCall, row: StatisticsRow): string | null {
  if (open.crm === null) return noEntity;
  if (portal.switches.activityFails) return localised.activityFailed;
  const missed = row.statusCode === '304' && (row.type === 2 || row.type === 4);
  const activity: Activity = {
    id: portal.nextId('activity'),
    callId: row.callId,
    owner: open.crm,
    responsibleId: row.userId,
    missed,
    completed: !missed,
    fileIds: [],
  };
  portal.state.activities.push(activity);
  row.activityId = activity.id;
  return null;
}

function trackMissed(portal: Portal, row: StatisticsRow): void {
  if (row.statusCode === '304' && (row.type === 2 || row.type === 3)) {
    portal.state.missedCalls.push({
      callId: row.callId,
      number: row.number,
      userId: row.userId,
      calledBack: false,
    });
  }
  if (row.statusCode === '200' && row.type === 1) {
    for (const missed of portal.state.missedCalls) if (missed.number === row.number) missed.calledBack = true;
  }
}

function finishResult(row: StatisticsRow, error: string | null): Record<string, unknown> {
  return {
    CALL_ID: row.callId,
    EXTERNAL_CALL_ID: row.externalCallId,
    PORTAL_USER_ID: row.userId,
    PHONE_NUMBER: row.number,
    PORTAL_NUMBER: row.portalNumber,
    INCOMING: String(row.type),
    CALL_DURATION: row.durationSeconds,
    // A date object that the portal serialises to nothing.
    CALL_START_DATE: {},
    CALL_STATUS: row.durationSeconds > 0 ? 1 : 0,
    CALL_VOTE: row.vote,
    COST: row.cost,
    COST_CURRENCY: row.costCurrency,
    CALL_FAILED_CODE: row.statusCode,
    CALL_FAILED_REASON: row.failedReason,
    REST_APP_ID: row.appId === null ? null : String(row.appId),
    REST_APP_NAME: row.appName,
    CRM_ACTIVITY_ID: row.activityId ?? false,
    COMMENT: null,
    ...(row.crm !== null && { CRM_ENTITY_TYPE: row.crm.type, CRM_ENTITY_ID: row.crm.id }),
    ID: row.id,
    ...(error !== null && { ERRORS: { ACTIVITY_CREATION: error } }),
  };
}

function endEvent(portal: Portal, row: StatisticsRow): Record<string, unknown> {
  return {
    CALL_ID: row.callId,
    CALL_TYPE: row.type,
    PHONE_NUMBER: row.number,
    PORTAL_NUMBER: row.portalNumber,
    PORTAL_USER_ID: row.userId,
    CALL_DURATION: row.durationSeconds,
    CALL_START_DATE: inZone(row.startedAt, portal.timeZone),
    COST: row.cost,
    COST_CURRENCY: row.costCurrency,
    CALL_FAILED_CODE: row.statusCode,
    CALL_FAILED_REASON: row.failedReason,
    CRM_ACTIVITY_ID: row.activityId ?? '',
  };
}
