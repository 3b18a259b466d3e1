import type { z } from 'zod';
import type { ThreecxContext } from './contract';
import { odataRows } from './odata';
import type { PbxClient, PbxQuestion } from './pbx-client';
import { pathUnder } from './transports';

/** `$top` above 100 is answered with 400 (3cx.md section 0). */
const pageSize = 100;

/** A report of the PBX that comes in pages. */
export interface PagedReport<T> {
  label: string;
  /** Path below the PBX's base address. */
  pathOf: (page: { top: number; skip: number }) => string;
  row: z.ZodType<T>;
  maxPages: number;
}

/** Reads a report page by page; `complete` is false when `maxPages` did not reach its end. */
export async function readReport<T>(
  pbx: PbxClient,
  context: ThreecxContext,
  { label, pathOf, row, maxPages }: PagedReport<T>,
): Promise<{ rows: T[]; complete: boolean }> {
  const rows: T[] = [];
  for (let page = 0; page < maxPages; page++) {
    const question: PbxQuestion = {
      label,
      path: pathUnder(context.connection, pathOf({ top: pageSize, skip: page * pageSize })),
      whenForbidden: 'call-log-right-missing',
      whenMissing: 'xapi-missing',
      headersTimeoutMs: 65_000,
      totalTimeoutMs: 90_000,
    };
    const batch = await pbx.json(context, question, odataRows(row));
    rows.push(...batch);
    if (batch.length < pageSize) return { rows, complete: true };
  }
  return { rows, complete: false };
}
