import { applyFilter, pageOf, sortRows } from './list-filter';
import type { FieldKinds, ListRow } from './list-filter';
import type { Method } from './method';
import { isNamed, phpString } from './php';
import type { StatisticsRow } from './portal-state';
import type { Portal } from './portal';
import { inZone, parsePortalDate } from './portal-time';
import { accessDenied } from './rest-error';

const kinds: FieldKinds = {
  ID: 'number',
  CALL_ID: 'text',
  EXTERNAL_CALL_ID: 'text',
  CALL_CATEGORY: 'text',
  PORTAL_USER_ID: 'number',
  PORTAL_NUMBER: 'text',
  PHONE_NUMBER: 'text',
  CALL_TYPE: 'number',
  CALL_DURATION: 'number',
  CALL_START_DATE: 'date',
  CALL_VOTE: 'number',
  COST: 'number',
  COST_CURRENCY: 'text',
  CALL_FAILED_CODE: 'text',
  CALL_FAILED_REASON: 'text',
  CRM_ENTITY_TYPE: 'text',
  CRM_ENTITY_ID: 'number',
  CRM_ACTIVITY_ID: 'number',
  REST_APP_ID: 'number',
  REST_APP_NAME: 'text',
  TRANSCRIPT_ID: 'number',
  SESSION_ID: 'text',
  COMMENT: 'text',
};

/** voximplant.statistic.get: the rows of finished calls, everything as text save the file (reference section 5.9). */
export const statisticGet: Method = {
  scopes: ['telephony'],
  run: (portal, { caller, params }) => {
    if (!portal.switches.statisticsRight) throw accessDenied();
    const { EXTERNAL_CALL_ID: external, ...older } = kinds;
    const fields = portal.switches.knowsExternalCallId && external ? kinds : older;
    const filter = params['FILTER'] ?? params['filter'];
    const visible = portal.state.statistics.filter(
      (row) => !portal.switches.ownStatisticsOnly || row.userId === caller.userId,
    );
    const rows = narrow(visible, filter).map((row) => printRow(portal, row));
    const read = (text: string): number | null => parsePortalDate(text, portal.timeZone);
    const found = applyFilter(rows, filter, fields, read);
    const sort = phpString(params['SORT'] ?? params['sort']) || 'ID';
    const descending = phpString(params['ORDER'] ?? params['order']) === 'DESC';
    return pageOf(sortRows(found, sort, descending, fields), params);
  },
};

/** Leaves out most rows before they are printed when one call is asked for; the filter still decides. */
function narrow(rows: StatisticsRow[], filter: unknown): StatisticsRow[] {
  const callId = isNamed(filter) ? filter['CALL_ID'] : undefined;
  if (typeof callId !== 'string') return rows;
  const wanted = callId.toLowerCase();
  return rows.filter((row) => row.callId.toLowerCase() === wanted);
}

function printRow(portal: Portal, row: StatisticsRow): ListRow {
  const text = (value: number | null): string | null => (value === null ? null : String(value));
  return {
    ID: String(row.id),
    PORTAL_USER_ID: String(row.userId),
    PORTAL_NUMBER: row.portalNumber,
    PHONE_NUMBER: row.number,
    CALL_ID: row.callId,
    ...(portal.switches.knowsExternalCallId && { EXTERNAL_CALL_ID: row.externalCallId }),
    CALL_CATEGORY: 'external',
    CALL_LOG: null,
    CALL_DURATION: String(row.durationSeconds),
    CALL_START_DATE: inZone(row.startedAt, portal.timeZone),
    CALL_RECORD_URL: row.recordFileId === null ? '' : `${portal.origin}/disk/${row.recordFileId}/`,
    CALL_VOTE: String(row.vote),
    COST: row.cost.toFixed(4),
    COST_CURRENCY: row.costCurrency,
    CALL_FAILED_CODE: row.statusCode,
    CALL_FAILED_REASON: row.failedReason,
    CRM_ENTITY_TYPE: row.crm?.type ?? null,
    CRM_ENTITY_ID: text(row.crm?.id ?? null),
    CRM_ACTIVITY_ID: text(row.activityId),
    REST_APP_ID: text(row.appId),
    REST_APP_NAME: row.appName,
    TRANSCRIPT_ID: text(row.transcriptId),
    TRANSCRIPT_PENDING: 'N',
    SESSION_ID: null,
    REDIAL_ATTEMPT: null,
    COMMENT: null,
    RECORD_DURATION: null,
    RECORD_FILE_ID: row.recordFileId,
    CALL_TYPE: String(row.type),
  };
}
