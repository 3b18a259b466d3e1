import { z } from 'zod';
import { bitrix24CallId, idNumber, idText, optionalId } from './answer-shapes';
import type { Bitrix24Client, RequestClass, RequestContext, StatisticsRow } from './contract';
import type { PortalRequests } from './portal-requests';
import { bitrix24Error } from './reasons';

/** Which call is looked for. */
export type StatisticsKey = Parameters<Bitrix24Client['findStatistics']>[1];

const hourMs = 3_600_000;

const looseRow = z.looseObject({
  CALL_ID: z.string(),
  EXTERNAL_CALL_ID: z.string().nullable().optional(),
  CALL_START_DATE: z.unknown().optional(),
});
const rowsSchema = z.array(looseRow);
const fullRow = z.looseObject({
  ID: idText,
  CALL_ID: bitrix24CallId,
  EXTERNAL_CALL_ID: z.string().nullable().optional(),
  PORTAL_USER_ID: idNumber,
  CRM_ACTIVITY_ID: optionalId.optional(),
  RECORD_FILE_ID: optionalId.optional(),
});

/**
 * Looks a finished call up with `voximplant.statistic.get` (`bitrix24.md` 5.9). The portal drops filters that it does
 * not know, so only a row that really carries the key counts.
 *
 * @throws PeerError `refused` with `no-statistics-right`, or `statistics-lack-external-id` on a portal whose version
 *   does not know that field: there, "no row" would prove nothing.
 */
export async function findStatistics(
  requests: PortalRequests,
  context: RequestContext,
  key: StatisticsKey,
  cls: RequestClass,
): Promise<StatisticsRow | null> {
  const [field, value] =
    'bitrix24CallId' in key
      ? (['CALL_ID', key.bitrix24CallId] as const)
      : (['EXTERNAL_CALL_ID', key.externalCallId] as const);
  const call = {
    method: 'voximplant.statistic.get',
    params: { FILTER: { [field]: value }, SORT: 'ID', ORDER: 'DESC' },
    cls,
    effect: 'read',
  } as const;
  const rows = await requests.call(context, call, rowsSchema);
  if (rows.length > 0 && rows.every((row) => !(field in row)))
    throw bitrix24Error('refused', 'statistics-lack-external-id');
  const found = rows.find((row) => row[field] === value && isOfThatTime(row, key, context));
  if (found === undefined) return null;
  const row = fullRow.safeParse(found);
  if (!row.success) throw bitrix24Error('not-yet', 'unexpected-answer');
  const { data } = row;
  return {
    id: data.ID,
    bitrix24CallId: data.CALL_ID,
    externalCallId: data.EXTERNAL_CALL_ID ?? null,
    userId: data.PORTAL_USER_ID,
    activityId: data.CRM_ACTIVITY_ID ?? null,
    recordFileId: data.RECORD_FILE_ID == null ? null : Number(data.RECORD_FILE_ID),
  };
}

/** Whether a row can be that of a call with this start. A row that does not tell its own counts. */
function isOfThatTime(
  { CALL_START_DATE: told }: z.infer<typeof looseRow>,
  key: StatisticsKey,
  { connection }: RequestContext,
): boolean {
  if ('bitrix24CallId' in key || key.startedAt === undefined) return true;
  const apartMs = Math.abs(Date.parse(String(told)) - Date.parse(key.startedAt));
  return Number.isNaN(apartMs) || apartMs <= connection.rules.maxCallHours * hourMs;
}
