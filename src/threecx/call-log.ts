import type { Direction } from '../domain/call-event';
import { PeerError } from '../domain/peer-error';
import type { CallLogRow, ThreecxContext } from './contract';
import { durationSeconds } from './iso-duration';
import { odataCall, odataQuery, odataText } from './odata';
import type { PbxClient } from './pbx-client';
import { pbxInstantMs } from './pbx-instant';
import { threecxError } from './reasons';
import { readReport } from './report-pages';
import type { CallLogData } from './xapi-rows';
import { callLogRowSchema } from './xapi-rows';

const maxPages = 200;
/** Below this a range is not halved any more. */
const shortestRangeMs = 300_000;

export interface Range {
  from: Date;
  to: Date;
}

/** Path of the call log over a range: all eleven arguments are required and named (3cx.md section 4.3). */
export function callLogPath({ from, to }: Range, page: { top: number; skip: number }): string {
  const call = odataCall('/xapi/v1/ReportCallLogData/Pbx.GetCallLogData', {
    periodFrom: from.toISOString(),
    periodTo: to.toISOString(),
    sourceType: '0',
    sourceFilter: odataText(''),
    destinationType: '0',
    destinationFilter: odataText(''),
    callsType: '0',
    callTimeFilterType: '0',
    callTimeFilterFrom: odataText('0:00:0'),
    callTimeFilterTo: odataText('0:00:0'),
    hidePcalls: 'true',
  });
  return call + odataQuery({ $top: page.top, $skip: page.skip });
}

/**
 * Reads every row that started in the range. A report that takes the PBX too long is asked for in halves.
 *
 * @throws {PeerError} `call-log-right-missing` when the API client's role is too low.
 */
export async function readCallLog(
  pbx: PbxClient,
  context: ThreecxContext,
  range: Range,
): Promise<CallLogData[]> {
  try {
    return withoutRepeats(await readPages(pbx, context, range));
  } catch (error) {
    if (!(error instanceof PeerError) || error.status !== 504) throw error;
    const lengthMs = range.to.getTime() - range.from.getTime();
    if (lengthMs <= shortestRangeMs) throw threecxError('report-too-long', { cause: error });
    const middle = new Date(range.from.getTime() + Math.floor(lengthMs / 2));
    const older = await readCallLog(pbx, context, { from: range.from, to: middle });
    return withoutRepeats([...older, ...(await readCallLog(pbx, context, { from: middle, to: range.to }))]);
  }
}

/** The rows in the product's words, oldest first; rows without a start are left out. */
export function toCallLogRows(rows: CallLogData[]): CallLogRow[] {
  return rows.flatMap(toCallLogRow).sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

/** Recordings of one row; `Recordings` is the newer spelling of the other two. */
export function recordingIdsOf(row: Pick<CallLogData, 'Recordings' | 'SrcRecId' | 'DstRecId'>): number[] {
  const listed = (row.Recordings ?? []).map(({ Id }) => Id);
  const ids = listed.length > 0 ? listed : [row.DstRecId ?? 0, row.SrcRecId ?? 0];
  return [...new Set(ids)].filter((id) => id > 0);
}

async function readPages(pbx: PbxClient, context: ThreecxContext, range: Range): Promise<CallLogData[]> {
  const { rows, complete } = await readReport(pbx, context, {
    label: '3cx.call-log',
    pathOf: (page) => callLogPath(range, page),
    row: callLogRowSchema,
    maxPages,
  });
  if (!complete) throw threecxError('answer-too-large');
  return rows;
}

/** New rows move the pages while they are read, and the halves of a range share an instant. */
function withoutRepeats(rows: CallLogData[]): CallLogData[] {
  const byKey = new Map<string, CallLogData>();
  for (const row of rows) {
    const key = JSON.stringify(row.CdrId == null ? row : [row.CdrId, row.SegmentId, row.DestinationDn]);
    if (!byKey.has(key)) byKey.set(key, row);
  }
  return [...byKey.values()];
}

function toCallLogRow(row: CallLogData): CallLogRow[] {
  const startedAtMs = pbxInstantMs(row.StartTime);
  if (startedAtMs === null) return [];
  return [
    {
      historyId: row.CallHistoryId ?? null,
      mainHistoryId: row.MainCallHistoryId ?? null,
      startedAt: new Date(startedAtMs).toISOString(),
      direction: directionOf(row),
      sourceDn: row.SourceDn ?? '',
      sourceNumber: row.SourceCallerId ?? '',
      sourceType: row.SourceType ?? null,
      destinationDn: row.DestinationDn ?? '',
      destinationNumber: row.DestinationCallerId ?? '',
      destinationType: row.DestinationType ?? null,
      ringingSeconds: durationSeconds(row.RingingDuration),
      talkingSeconds: durationSeconds(row.TalkingDuration),
      answered: row.Answered ?? false,
      recordingIds: recordingIdsOf(row),
    },
  ];
}

/**
 * Whether a leg is a talk among colleagues, such as the consultation before a transfer. Types alone do not say so where a
 * side shows an outside number: what they mean in this report is not documented.
 */
export function isInternalLeg(row: CallLogData): boolean {
  if (directionOf(row) === 'internal') return true;
  const isOutside = (number: string | null | undefined, dn: string | null | undefined): boolean => {
    const digits = (number ?? '').replace(/\D/g, '');
    return digits.length >= 7 && digits !== dn;
  };
  return (
    row.SourceType === 0 &&
    row.DestinationType === 0 &&
    !isOutside(row.SourceCallerId, row.SourceDn) &&
    !isOutside(row.DestinationCallerId, row.DestinationDn)
  );
}

/** The spelling of both members changed between builds (3cx.md section 8), so only their beginning counts. */
function directionOf({ Direction: direction, CallType: callType }: CallLogData): Direction | null {
  for (const text of [callType, direction]) {
    if (text == null) continue;
    if (/^(local|internal)/i.test(text)) return 'internal';
    if (/^in/i.test(text)) return 'inbound';
    if (/^out/i.test(text)) return 'outbound';
  }
  return null;
}
