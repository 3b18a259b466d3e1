import { z } from 'zod';
import type { ThreecxContext } from './contract';
import type { PbxClient, PbxQuestion } from './pbx-client';
import { pbxInstantMs } from './pbx-instant';
import { threecxError } from './reasons';
import { pathUnder } from './transports';

const pageSize = 100;
const maxPages = 200;

const text = z.union([z.string(), z.number()]).transform(String);
const rowSchema = z.object({
  Id: text.pipe(z.string().min(1).max(512)),
  Date: z.string().nullish(),
  Participants: z.array(text.nullish()).nullish(),
  CallerNumber: text.nullish(),
  DID: text.nullish(),
});
const answerSchema = z.object({ list: z.array(rowSchema) });

/** One recording as the console of v18 lists it: nothing tells when it ended (3cx.md section 4.7). */
export type ConsoleRow = z.infer<typeof rowSchema>;

/**
 * The recordings that the console lists, newest first as far as is known, back to `from` or to the end of the list.
 * `from` is asked after each page, for the first answer tells the clock of the PBX. `complete` is false when the list is longer than anybody should page through.
 */
export async function readConsoleList(
  pbx: PbxClient,
  context: ThreecxContext,
  from: () => Date,
): Promise<{ rows: ConsoleRow[]; complete: boolean }> {
  const rows = new Map<string, ConsoleRow>();
  for (let page = 0; page < maxPages; page++) {
    const batch = await readConsolePage(pbx, context, page * pageSize, pageSize);
    batch.forEach((row) => rows.set(row.Id, row));
    if (batch.length < pageSize || isPast(batch, from())) return { rows: [...rows.values()], complete: true };
  }
  return { rows: [...rows.values()], complete: false };
}

/** One page; the filter stays empty, for nobody says which spelling of a number it compares. */
export async function readConsolePage(
  pbx: PbxClient,
  context: ThreecxContext,
  start: number,
  count: number,
): Promise<ConsoleRow[]> {
  const query = new URLSearchParams({
    callTypeFilter: '0',
    count: String(count),
    start: String(start),
    filter: '',
  });
  const question: PbxQuestion = {
    label: '3cx.recordings',
    path: pathUnder(context.connection, `/api/RecordingList?${query.toString()}`),
    whenForbidden: 'console-right-missing',
    whenMissing: 'console-missing',
  };
  return pbx.json(context, question, (body) => {
    const parsed = answerSchema.safeParse(body);
    if (!parsed.success) throw threecxError('not-json', { cause: parsed.error });
    return parsed.data.list;
  });
}

/** Path of one recording's bytes. */
export function consoleDownloadPath(id: string): string {
  return `/api/RecordingList/download?file=${encodeURIComponent(id)}`;
}

/** Only a page in falling order says that everything after it is older. */
function isPast(batch: ConsoleRow[], from: Date): boolean {
  const starts = batch.map((row) => pbxInstantMs(row.Date) ?? Number.NaN);
  const falling = starts.every((ms, index) => index === 0 || ms <= (starts[index - 1] ?? Number.NaN));
  return falling && (starts.at(-1) ?? Number.NaN) < from.getTime();
}
