import type { InboundDid, ThreecxContext } from './contract';
import { odataCall, odataQuery, odataText } from './odata';
import type { PbxClient } from './pbx-client';
import { pbxInstantMs } from './pbx-instant';
import { readReport } from './report-pages';
import type { InboundCall } from './xapi-rows';
import { inboundCallSchema } from './xapi-rows';

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
  const { rows } = await readReport(pbx, context, {
    label: '3cx.inbound-calls',
    pathOf: (page) => inboundReportPath(range, page),
    row: inboundCallSchema,
    maxPages: 50,
  });
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
