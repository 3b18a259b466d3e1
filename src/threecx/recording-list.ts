import type { ThreecxContext } from './contract';
import { odataQuery, odataRows } from './odata';
import type { PbxClient, PbxQuestion } from './pbx-client';
import { pathUnder } from './transports';
import type { RecordingRow } from './xapi-rows';
import { recordingRowSchema } from './xapi-rows';

const pageSize = 100;
const maxPages = 50;
const members = Object.keys(recordingRowSchema.shape).join(',');

/** Path of one recording's bytes. */
export function downloadPath(id: number): string {
  return `/xapi/v1/Recordings/Pbx.DownloadRecording(recId=${id})`;
}

/** One row by its id, or null. `Recordings(<id>)` is answered with 404, so it is asked for by a filter. */
export async function readRecording(
  pbx: PbxClient,
  context: ThreecxContext,
  id: number,
): Promise<RecordingRow | null> {
  const rows = await ask(pbx, context, { $filter: `Id eq ${id}`, $top: 1 });
  return rows.find((row) => row.Id === id) ?? null;
}

/** Every recording that started in the range, by ascending id. */
export async function readRecordings(
  pbx: PbxClient,
  context: ThreecxContext,
  range: { from: Date; to: Date },
): Promise<RecordingRow[]> {
  const $filter = `StartTime ge ${range.from.toISOString()} and StartTime le ${range.to.toISOString()}`;
  const rows = new Map<number, RecordingRow>();
  for (let page = 0; page < maxPages; page++) {
    const batch = await ask(pbx, context, {
      $filter,
      $orderby: 'Id asc',
      $top: pageSize,
      $skip: page * pageSize,
    });
    batch.forEach((row) => rows.set(row.Id, row));
    if (batch.length < pageSize) break;
  }
  return [...rows.values()];
}

async function ask(
  pbx: PbxClient,
  context: ThreecxContext,
  options: Record<string, string | number>,
): Promise<RecordingRow[]> {
  const question: PbxQuestion = {
    label: '3cx.recordings',
    path: pathUnder(context.connection, `/xapi/v1/Recordings${odataQuery({ ...options, $select: members })}`),
    whenForbidden: 'recording-right-missing',
    whenMissing: 'xapi-missing',
  };
  return pbx.json(context, question, odataRows(recordingRowSchema));
}
