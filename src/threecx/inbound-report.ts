import type { InboundDid, ThreecxContext } from './contract';
import { odataCall, odataQuery, odataRows, odataText } from './odata';
import type { PbxClient, PbxQuestion } from './pbx-client';
import { pbxInstantMs } from './pbx-instant';
import { pathUnder } from './transports';
import type { InboundCall } from './xapi-rows';
import { inboundCallSchema } from './xapi-rows';

const pageSize = 100;
const maxPages = 50;

/** Path of the report of inbound calls over a range, all trunks (3cx.md section 4.3). */
export function inboundReportPath(
  range: { from: Date; to: Date },
  page: { top: number; skip: number },
): string {
  const call = odataCall('/xapi/v1/ReportInboundCalls/Pbx.GetInboundCalls', {
    periodFrom: range.from.toISOString(),
    periodTo: range.to.toISOString(),
    trunkDns: odataText(''),
    callsType: '0',
  });
  return call + odataQuery({ $top: page.top, $skip: page.skip });
}

/** Reads the report; it is the only place with history id, DID and recording id together. Since 3CX 20.0.6. */
export async function readInboundReport(
  pbx: PbxClient,
  context: ThreecxContext,
  range: { from: Date; to: Date },
): Promise<InboundCall[]> {
  const rows: InboundCall[] = [];
  for (let page = 0; page < maxPages; page++) {
    const question: PbxQuestion = {
      label: '3cx.inbound-calls',
      path: pathUnder(context.connection, inboundReportPath(range, { top: pageSize, skip: page * pageSize })),
      whenForbidden: 'call-log-right-missing',
      whenMissing: 'xapi-missing',
      headersTimeoutMs: 65_000,
      totalTimeoutMs: 90_000,
    };
    const batch = await pbx.json(context, question, odataRows(inboundCallSchema));
    rows.push(...batch);
    if (batch.length < pageSize) break;
  }
  return rows;
}

/** Rows of the report that tell a DID. */
export function toInboundDids(rows: InboundCall[]): InboundDid[] {
  return rows.flatMap(({ CallHistoryId, StartTime, SourceCallerId, Did }) => {
    const startedAtMs = pbxInstantMs(StartTime);
    if (startedAtMs === null || Did == null || Did === '') return [];
    return [
      {
        historyId: CallHistoryId ?? null,
        startedAt: new Date(startedAtMs).toISOString(),
        callerNumber: SourceCallerId ?? '',
        did: Did,
      },
    ];
  });
}
