import { badQuery } from './odata-error';
import type { FieldType, Row, Schema } from './odata-schema';
import { filterTokens } from './odata-tokens';
import type { FilterToken } from './odata-tokens';

/** Operators that the stand-in knows. */
export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** A filter as a tree. Instants are Unix milliseconds. */
export type Filter =
  | { kind: 'and'; left: Filter; right: Filter }
  | { kind: 'or'; left: Filter; right: Filter }
  | { kind: 'compare'; field: string; operator: Operator; value: string | number | boolean | null };

const equality: Operator[] = ['eq', 'ne'];
const all: Operator[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];

/** What each type may be compared with; functions such as contains() are unreliable on a real PBX and refused here. */
const operatorsOf: Record<FieldType, Operator[]> = {
  int: all,
  instant: all,
  text: equality,
  bool: equality,
  enum: equality,
  duration: [],
  complex: [],
};

/** Reads `$filter` strictly: known members, fitting types, `and`, `or` and parentheses; all else is refused with 400. */
export function parseFilter(text: string, schema: Schema): Filter {
  const parser = new Parser(filterTokens(text), text, schema);
  const filter = parser.either();
  parser.end();
  return filter;
}

class Parser {
  private position = 0;

  constructor(
    private readonly tokens: FilterToken[],
    private readonly text: string,
    private readonly schema: Schema,
  ) {}

  either(): Filter {
    let left = this.both();
    while (this.takeWord('or')) left = { kind: 'or', left, right: this.both() };
    return left;
  }

  end(): void {
    if (this.position < this.tokens.length) throw this.syntaxError();
  }

  private both(): Filter {
    let left = this.single();
    while (this.takeWord('and')) left = { kind: 'and', left, right: this.single() };
    return left;
  }

  private single(): Filter {
    const token = this.next();
    if (token.kind === 'open') {
      const inner = this.either();
      if (this.next().kind !== 'close') throw this.syntaxError();
      return inner;
    }
    if (token.kind !== 'word') throw this.syntaxError();
    return this.comparison(token.text);
  }

  private comparison(field: string): Filter {
    const type = Object.hasOwn(this.schema.fields, field) ? this.schema.fields[field] : undefined;
    if (type === undefined)
      throw badQuery(`Could not find a property named '${field}' on type '${this.schema.name}'.`);
    const word = this.next();
    const operator = word.kind === 'word' ? all.find((one) => one === word.text) : undefined;
    if (operator === undefined || !operatorsOf[type].includes(operator)) throw this.syntaxError();
    return { kind: 'compare', field, operator, value: this.value(type, operator) };
  }

  private value(type: FieldType, operator: Operator): string | number | boolean | null {
    const token = this.next();
    if (token.kind === 'word' && token.text === 'null' && equality.includes(operator)) return null;
    if (type === 'int' && token.kind === 'int') return token.value;
    if (type === 'instant' && token.kind === 'instant') return token.ms;
    if ((type === 'text' || type === 'enum') && token.kind === 'text') return token.text;
    if (type === 'bool' && token.kind === 'word' && /^(true|false)$/.test(token.text))
      return token.text === 'true';
    throw badQuery(`A binary operator with incompatible types was detected in '${this.text}'.`);
  }

  private takeWord(word: string): boolean {
    const token = this.tokens[this.position];
    if (token?.kind !== 'word' || token.text !== word) return false;
    this.position += 1;
    return true;
  }

  private next(): FilterToken {
    const token = this.tokens[this.position];
    if (token === undefined) throw this.syntaxError();
    this.position += 1;
    return token;
  }

  private syntaxError(): Error {
    return badQuery(`Syntax error in '${this.text}'.`);
  }
}

/** Whether a row passes. Null passes no comparison but `eq null`, and `ne` with a value. */
export function passes(filter: Filter, row: Row, schema: Schema): boolean {
  if (filter.kind === 'and') return passes(filter.left, row, schema) && passes(filter.right, row, schema);
  if (filter.kind === 'or') return passes(filter.left, row, schema) || passes(filter.right, row, schema);
  const actual = comparable(row[filter.field], schema.fields[filter.field]);
  const { operator, value } = filter;
  if (operator === 'eq') return actual === value;
  if (operator === 'ne') return actual !== value;
  if (actual === null || value === null) return false;
  switch (operator) {
    case 'gt':
      return actual > value;
    case 'ge':
      return actual >= value;
    case 'lt':
      return actual < value;
    case 'le':
      return actual <= value;
  }
}

/** The value of a member as it is compared and ordered: instants as milliseconds. */
export function comparable(value: unknown, type: FieldType | undefined): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (type === 'instant') return Date.parse(String(value));
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

/** The bounds that every passing row must keep on one instant member; open ends are infinite. */
export function rangeOf(filter: Filter | null, field: string): { from: number; to: number } {
  const open = { from: -Infinity, to: Infinity };
  if (filter === null) return open;
  if (filter.kind === 'and') {
    const [left, right] = [rangeOf(filter.left, field), rangeOf(filter.right, field)];
    return { from: Math.max(left.from, right.from), to: Math.min(left.to, right.to) };
  }
  if (filter.kind === 'or') {
    const [left, right] = [rangeOf(filter.left, field), rangeOf(filter.right, field)];
    return { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) };
  }
  if (filter.field !== field || typeof filter.value !== 'number') return open;
  const { operator, value } = filter;
  if (operator === 'eq') return { from: value, to: value };
  if (operator === 'ge' || operator === 'gt') return { ...open, from: value };
  return operator === 'le' || operator === 'lt' ? { ...open, to: value } : open;
}
