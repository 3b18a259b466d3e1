import { readArguments } from './function-arguments';
import { warning } from './odata-error';
import { answerCollection, parseQuery } from './odata-query';
import type { Collection } from './odata-query';
import type { FieldType, Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import type { PbxRequest } from './pbx-request';
import { Refusal } from './pbx-request';
import type { Leg, Party, PbxCall } from './pbx-state';
import { isoDuration, netInstant } from './pbx-time';
import { isSince } from './switches';
import { htmlAnswer } from './wire';
import type { WireAnswer } from './wire';

const argumentTypes = {
  periodFrom: 'instant',
  periodTo: 'instant',
  sourceType: 'int',
  sourceFilter: 'text',
  destinationType: 'int',
  destinationFilter: 'text',
  callsType: 'int',
  callTimeFilterType: 'int',
  callTimeFilterFrom: 'time',
  callTimeFilterTo: 'time',
  hidePcalls: 'bool',
} as const;

/** `GetCallLogData` with exactly its eleven arguments (3cx.md 4.3). */
export function callLogAnswer(pbx: Pbx, request: PbxRequest, text: string): WireAnswer {
  const given = readArguments(text, argumentTypes);
  // What the other values of these arguments mean is not known; a guess would be more lenient than the PBX.
  for (const name of ['sourceType', 'destinationType', 'callsType', 'callTimeFilterType'])
    if (given[name] !== 0) throw warning('OUT_OF_THE_RANGE', name);
  for (const name of ['sourceFilter', 'destinationFilter'])
    if (given[name] !== '') throw warning('OUT_OF_THE_RANGE', name);
  const range = { from: Number(given['periodFrom']), to: Number(given['periodTo']) };
  requireShortRange(pbx, range);
  const log = callLog(pbx, range);
  return answerCollection(pbx.origin, log, parseQuery(request.query, log.schema));
}

/** Long reports do not come back before the proxy gives up. */
export function requireShortRange(pbx: Pbx, range: { from: number; to: number }): void {
  if (range.to - range.from > pbx.switches.longestRangeMs)
    throw new Refusal(htmlAnswer(504, '504 Gateway Time-out'), '504 range too long');
}

/** Calls that the log shows, those that started in the range. */
export function loggedCalls(pbx: Pbx, range: { from: number; to: number }): PbxCall[] {
  const now = pbx.clock.now();
  const calls = pbx.calls.filter(
    (call) => call.over && call.loggedAt <= now && call.startedAt >= range.from && call.startedAt <= range.to,
  );
  const sign = pbx.switches.callLogOrder === 'newest' ? -1 : 1;
  return calls.sort((a, b) => sign * (a.startedAt - b.startedAt));
}

/** The recording of a leg, once its row is there. */
export function visibleRecordingId(pbx: Pbx, leg: Leg): number | null {
  const recording = leg.recordingId === null ? undefined : pbx.recording(leg.recordingId);
  return recording !== undefined && recording.rowAt <= pbx.clock.now() ? recording.id : null;
}

function callLogSchema(pbx: Pbx): Schema {
  const texts = (names: string): Record<string, FieldType> =>
    Object.fromEntries(names.split(' ').map((name) => [name, 'text']));
  return {
    name: 'ReportCallLogData',
    fields: {
      SegmentId: 'int',
      StartTime: 'instant',
      SourceType: 'int',
      ...texts('SourceDn SourceCallerId SourceDisplayName'),
      DestinationType: 'int',
      ...texts('DestinationDn DestinationCallerId DestinationDisplayName'),
      ActionType: 'int',
      ActionDnType: 'int',
      ...texts('actionDnDn ActionDnCallerId ActionDnDisplayName'),
      RingingDuration: 'duration',
      TalkingDuration: 'duration',
      CallCost: 'complex',
      Answered: 'bool',
      ...texts('RecordingUrl SubrowDescNumber Reason'),
      SrcRecId: 'int',
      DstRecId: 'int',
      QualityReport: 'bool',
      CallId: 'int',
      Indent: 'int',
      ...texts('Transcription Summary'),
      SentimentScore: 'int',
      ...(isSince(pbx.switches, '20.0.6') &&
        texts('CdrId CallHistoryId MainCallHistoryId CallType Direction Status')),
      ...(isSince(pbx.switches, '20.0.10') && { Recordings: 'complex' as const }),
    },
  };
}

interface LoggedLeg {
  call: PbxCall;
  leg: Leg;
  index: number;
}

function callLog(pbx: Pbx, range: { from: number; to: number }): Collection<LoggedLeg> {
  const schema = callLogSchema(pbx);
  const names = Object.keys(schema.fields);
  return {
    schema,
    items: loggedCalls(pbx, range).flatMap((call) => call.legs.map((leg, index) => ({ call, leg, index }))),
    toRow: ({ call, leg, index }) => {
      const row = callLogRow(pbx, call, leg, index);
      return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
    },
  };
}

const callTypes = { inbound: 'Inbound', outbound: 'Outbound', internal: 'Internal' } as const;
const typeNumbers: Record<Party['kind'], number> = { extension: 0, outside: 1, group: 4 };

function callLogRow(pbx: Pbx, call: PbxCall, leg: Leg, index: number): Row {
  const recordingId = visibleRecordingId(pbx, leg);
  const answered = leg.answeredAt !== null;
  const outwards = leg.destination.kind === 'outside';
  return {
    SegmentId: leg.rowId,
    StartTime: netInstant(leg.startedAt),
    ...party('Source', leg.source),
    ...party('Destination', leg.destination),
    ActionType: answered ? 1 : 3,
    RingingDuration: isoDuration((leg.answeredAt ?? leg.endedAt) - leg.startedAt),
    TalkingDuration: isoDuration(leg.answeredAt === null ? 0 : leg.endedAt - leg.answeredAt),
    CallCost: 0,
    Answered: answered,
    RecordingUrl: recordingId === null ? '' : `${leg.destination.dn}/${recordingId}.wav`,
    SubrowDescNumber: '',
    Reason: answered ? 'Terminated' : 'Not answered',
    SrcRecId: outwards ? recordingId : null,
    DstRecId: outwards ? null : recordingId,
    QualityReport: false,
    CallId: call.legs[0]?.rowId ?? leg.rowId,
    Indent: index === 0 ? 0 : 1,
    CdrId: leg.cdrId,
    CallHistoryId: leg.historyId,
    MainCallHistoryId: call.mainHistoryId,
    CallType: callTypes[call.direction],
    Direction: callTypes[call.direction],
    Status: answered ? 'Answered' : 'Unanswered',
    Recordings:
      recordingId === null
        ? []
        : [{ Id: recordingId, Transcription: null, Summary: null, SentimentScore: null }],
  };
}

function party(side: 'Source' | 'Destination', one: Party): Row {
  return {
    [`${side}Type`]: typeNumbers[one.kind],
    [`${side}Dn`]: one.dn,
    [`${side}CallerId`]: one.number,
    [`${side}DisplayName`]: one.name ?? '',
  };
}
