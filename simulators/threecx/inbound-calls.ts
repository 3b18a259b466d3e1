import { loggedCalls, requireShortRange, visibleRecordingId } from './call-log';
import { notFound, readArguments } from './function-arguments';
import { warning } from './odata-error';
import { answerCollection, parseQuery } from './odata-query';
import type { Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import type { PbxRequest } from './pbx-request';
import type { Leg, PbxCall } from './pbx-state';
import { isoDuration, netInstant } from './pbx-time';
import { isSince } from './switches';
import type { WireAnswer } from './wire';

/** `GetInboundCalls`: the only place with history id, DID and recording id together; since 20.0.6 (3cx.md 4.3). */
export function inboundCallsAnswer(pbx: Pbx, request: PbxRequest, text: string): WireAnswer {
  if (!isSince(pbx.switches, '20.0.6')) throw notFound('before 20.0.6');
  const given = readArguments(text, {
    periodFrom: 'instant',
    periodTo: 'instant',
    trunkDns: 'text',
    callsType: 'int',
  });
  if (given['callsType'] !== 0) throw warning('OUT_OF_THE_RANGE', 'callsType');
  const range = { from: Number(given['periodFrom']), to: Number(given['periodTo']) };
  requireShortRange(pbx, range);
  const trunks = String(given['trunkDns']).split(',').filter(Boolean);
  const known = trunks.length === 0 || trunks.includes(pbx.directory.trunkDn);
  const schema = inboundSchema(pbx);
  const calls = loggedCalls(pbx, range).filter((call) => known && call.direction === 'inbound');
  const items = calls.flatMap((call) => shownLegs(call).map((leg) => ({ call, leg })));
  const toRow = ({ call, leg }: { call: PbxCall; leg: Leg }): Row => inboundRow(pbx, call, leg);
  return answerCollection(pbx.origin, { schema, items, toRow }, parseQuery(request.query, schema));
}

function inboundSchema(pbx: Pbx): Schema {
  return {
    name: 'ReportInboundCalls',
    fields: {
      CdrId: 'text',
      CallHistoryId: 'text',
      StartTime: 'instant',
      SourceDn: 'text',
      SourceCallerId: 'text',
      SourceDisplayName: 'text',
      DestinationDn: 'text',
      DestinationCallerId: 'text',
      DestinationDisplayName: 'text',
      Did: 'text',
      RuleName: 'text',
      TrunkName: 'text',
      TrunkNumber: 'text',
      Status: 'text',
      RingingDuration: 'duration',
      TalkingDuration: 'duration',
      CallDuration: 'duration',
      RecordingId: 'int',
      RecordingUrl: 'text',
      Transcription: 'text',
      Summary: 'text',
      SentimentScore: 'int',
      ...(isSince(pbx.switches, '20.0.10') && { Recordings: 'complex' as const }),
    },
  };
}

/** One row per talk; a missed call has one, of the last phone that rang. */
function shownLegs(call: PbxCall): Leg[] {
  const talks = call.legs.filter((leg) => leg.destination.kind === 'extension' && leg.answeredAt !== null);
  return talks.length > 0 ? talks : call.legs.slice(-1);
}

function inboundRow(pbx: Pbx, call: PbxCall, leg: Leg): Row {
  const recordingId = visibleRecordingId(pbx, leg);
  const did = pbx.directory.dids.find((one) => one.number === call.did);
  const answered = leg.answeredAt !== null && leg.destination.kind === 'extension';
  return {
    CdrId: leg.cdrId,
    CallHistoryId: leg.historyId,
    StartTime: netInstant(leg.startedAt),
    SourceDn: leg.source.dn,
    SourceCallerId: leg.source.number,
    SourceDisplayName: leg.source.name ?? '',
    DestinationDn: leg.destination.dn,
    DestinationCallerId: leg.destination.number,
    DestinationDisplayName: leg.destination.name ?? '',
    Did: call.did,
    RuleName: did?.name ?? null,
    TrunkName: 'Trunk',
    TrunkNumber: pbx.directory.trunkDn,
    Status: answered ? 'Answered' : 'Unanswered',
    RingingDuration: isoDuration((leg.answeredAt ?? leg.endedAt) - leg.startedAt),
    TalkingDuration: isoDuration(leg.answeredAt === null ? 0 : leg.endedAt - leg.answeredAt),
    CallDuration: isoDuration(call.endedAt - call.startedAt),
    RecordingId: recordingId,
    RecordingUrl: recordingId === null ? null : `${leg.destination.dn}/${recordingId}.wav`,
    Transcription: null,
    Summary: null,
    SentimentScore: null,
    ...(isSince(pbx.switches, '20.0.10') && {
      Recordings: recordingId === null ? [] : [{ Id: recordingId }],
    }),
  };
}
