import { PeerError } from '../domain/peer-error';
import { readCallLog } from './call-log';
import type { FoundRecording, RecordingQuery, RecordingSearch, ThreecxContext } from './contract';
import { announcedId, findAnnounced } from './find-announced';
import { findInCallLog, listsCall, recordingsOfOthers } from './find-in-call-log';
import { findInInboundReport } from './find-in-inbound-report';
import { findInWindow, windowOf } from './find-in-window';
import type { Finding, Looking, XapiDesk } from './finder';
import { clocksOf, idAtPbx, sinceEndMs, whole } from './finder';
import { decodeHistoryId, isHistoryId } from '../domain/history-id';
import { readInboundReport } from './inbound-report';
import { callInterval, skewThatMattersMs } from './match-call';
import type { ThreecxReason } from './reasons';
import { readRecordings } from './recording-list';
import { pathUnder } from './transports';
import type { CallLogData } from './xapi-rows';

/** The clock of the PBX, and how late a report may list a call. */
const marginMs = 900_000;
/** Legs of one call, where its start is known to the moment. */
const nearMs = 10_000;
/** How long the rows of a call that is over may take to appear. */
const patienceMs = 120_000;
/** Recordings come within seconds, now and then within minutes; one that is not there by then was not made. */
const notRecordedMs = 900_000;

/**
 * Looks for a call's recordings in the order of 3cx.md section 4.4: call log by history id, the announced id, the report
 * of inbound calls, the recordings of the time window. A missing right to the reports leaves the other ways open.
 */
export async function findThroughXapi(
  desk: XapiDesk,
  context: ThreecxContext,
  query: RecordingQuery,
): Promise<RecordingSearch> {
  const prefix = pathUnder(context.connection, '');
  const reasons: ThreecxReason[] = [];
  const noted = (finding: Finding | null): FoundRecording[] | null => {
    if (finding?.state === 'nothing') reasons.push(finding.reason);
    return finding?.state === 'found' ? finding.recordings : null;
  };

  const settled = sinceEndMs(desk, query) >= patienceMs / desk.timeScale;
  const clocks = clocksOf(query, desk.skewMs(), settled);
  const announced = announcedId(query);
  const suffices = (found: FoundRecording[]): boolean =>
    announced === null || found.some(({ id }) => id === String(announced));

  const lookIn = (rows: CallLogData[]): { seen: Looking; finding: Finding } => {
    const seen = { clocks, prefix, others: recordingsOfOthers(rows, query) };
    return { seen, finding: findInCallLog(rows, query, seen) };
  };
  const near = await readNear(desk, context, query);
  const listed = near !== null && listsCall(near, query);
  const nearby = listed ? lookIn(near) : null;
  if (nearby?.finding.state === 'found' && suffices(nearby.finding.recordings))
    return whole(desk, query, nearby.finding.recordings, notRecordedMs);
  // The neighbours are all that matters where the call is listed, unless clocks make others of them.
  const enough = listed && Math.abs(desk.skewMs()) <= skewThatMattersMs;
  const range = logRange(query, enough ? nearMs : marginMs);
  const log = enough ? { rows: near } : await openReport(() => readCallLog(desk.pbx, context, range));
  const rows = 'rows' in log ? log.rows : [];
  // Where the call is listed, a part that is missing is still to come; where it is guessed at, it may never be found.
  const partsMs = listsCall(rows, query) ? notRecordedMs : patienceMs;
  const { seen, finding } = (enough ? nearby : null) ?? lookIn(rows);
  if ('missing' in log) reasons.push(log.missing);
  const logged = 'rows' in log ? noted(finding) : null;
  if (logged !== null && suffices(logged)) return whole(desk, query, logged, partsMs);

  const named = noted(await findAnnounced(desk.pbx, context, query, seen));
  if (named !== null) return whole(desk, query, named, partsMs);
  if (logged !== null) return whole(desk, query, logged, partsMs);

  if (query.direction === 'inbound' && !('missing' in log)) {
    const report = await openReport(() => readInboundReport(desk.pbx, context, range));
    const reported = 'rows' in report ? noted(findInInboundReport(report.rows, query, seen)) : null;
    if (reported !== null) return whole(desk, query, reported, partsMs);
  }

  const window = await readRecordings(desk.pbx, context, windowOf(query, clocks));
  const inWindow = noted(findInWindow(window, query, seen));
  if (inWindow !== null) return whole(desk, query, inWindow, partsMs);
  return nowhere(desk, query, reasons);
}

/**
 * A history id tells when the call began by the clock of the PBX, so a few rows around it will do: a busy PBX logs thousands
 * in half an hour, a hundred to a request. Null: no such id, or the log cannot be had.
 */
async function readNear(
  desk: XapiDesk,
  context: ThreecxContext,
  query: RecordingQuery,
): Promise<CallLogData[] | null> {
  if (!isHistoryId(idAtPbx(query) ?? '')) return null;
  const log = await openReport(() => readCallLog(desk.pbx, context, logRange(query, nearMs)));
  return 'rows' in log ? log.rows : null;
}

function nowhere(desk: XapiDesk, query: RecordingQuery, reasons: ThreecxReason[]): RecordingSearch {
  const listed = reasons.includes('row-without-recording');
  const late = sinceEndMs(desk, query) >= notRecordedMs / desk.timeScale;
  if (listed && late && !reasons.includes('ambiguous')) return { state: 'never', reason: 'not-recorded' };
  // What a person can mend comes first, then what is known most exactly.
  const order: ThreecxReason[] = [
    'ambiguous',
    'call-log-right-missing',
    'report-too-long',
    'row-without-recording',
    'row-missing',
  ];
  return { state: 'not-yet', reason: order.find((reason) => reasons.includes(reason)) ?? 'row-missing' };
}

/** Reports need a higher role, a newer version or more time than recordings do; without them it is the other ways' turn. */
async function openReport<T>(read: () => Promise<T[]>): Promise<{ rows: T[] } | { missing: ThreecxReason }> {
  try {
    return { rows: await read() };
  } catch (error) {
    const passable: ThreecxReason[] = [
      'call-log-right-missing',
      'xapi-missing',
      'report-too-long',
      'question-refused',
      'pbx-error',
      'answer-too-large',
    ];
    const reason = error instanceof PeerError ? passable.find((known) => known === error.reason) : undefined;
    if (reason === undefined) throw error;
    return { missing: reason };
  }
}

/** With `marginMs` wide enough for clocks that differ by minutes; a history id tells the start by the clock of the PBX. */
function logRange(query: RecordingQuery, aroundMs: number): { from: Date; to: Date } {
  const { fromMs, toMs } = callInterval(query);
  const start = decodeHistoryId(idAtPbx(query) ?? '')?.startedAt;
  const told = start === undefined ? fromMs : Date.parse(start);
  return {
    from: new Date(Math.min(fromMs, told) - aroundMs),
    to: new Date(Math.max(toMs, told + toMs - fromMs) + aroundMs),
  };
}
