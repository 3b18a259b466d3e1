import type { z } from 'zod';
import type { MappingRepository, MappingRow } from '../../../store';

/** What extensions and lines have in common, and where they differ; the routes are made from it. */
export interface MappingKind<T extends object> {
  /** In addresses, in the plural: `extensions`. */
  path: string;
  /** Name of the key in addresses, answers and CSV files: `extension`. */
  key: string;
  keySchema: z.ZodType<string>;
  /** For ids and names in the document: `Extension`. */
  noun: string;
  valueSchema: z.ZodType<T>;
  /** The value with the key, `origin` and `updatedAt`. */
  answerSchema: z.ZodType;
  repository: MappingRepository<T>;
  csv: MappingCsv<T>;
  /** Names that mean the same row are the same text: used for duplicates in a file. */
  sameKey(written: string, country: string): string;
  /** Every key under which the row may be stored, likeliest first. */
  spellings(written: string, country: string): readonly string[];
}

/** How rows of one kind stand in a file. */
export interface MappingCsv<T> {
  columns: readonly string[];
  required: readonly string[];
  /** The value as its schema takes it; the schema judges it. */
  fromCells(cells: Record<string, string>): Record<string, unknown>;
  toCells(row: MappingRow<T>): Record<string, string>;
  /** Columns that are left out of an export when they are empty in every row. */
  optional: readonly string[];
}
