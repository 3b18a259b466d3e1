/** Types of members that queries know. */
export type FieldType = 'int' | 'text' | 'instant' | 'bool' | 'enum' | 'duration' | 'complex';

/** A kind of rows: names and types of the members that may be filtered, ordered and selected. */
export interface Schema {
  /** Entity set, for the context. */
  name: string;
  fields: Record<string, FieldType>;
}

/** One row as it is sent. */
export type Row = Record<string, unknown>;
