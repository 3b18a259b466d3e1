import type { FieldName } from './field-aliases';
import { fieldAliases, fieldNames } from './field-aliases';
import { isPlaceholder } from './placeholder';

/** One thing wrong with one field. Holds no value: it could be a phone number. */
export interface FieldError {
  field: string;
  message: string;
}

/** One field as it was sent. */
export interface SentField {
  name: string;
  value: unknown;
}

const maxValueLength = 256;
/** Names that address or authorise the request and are no facts. */
const notFacts = new Set(['event', 'token']);

/** Aliases that only one dialect knows. */
type MoreAliases = Partial<Record<FieldName, readonly string[]>>;

const noMore: MoreAliases = {};
/** Every name that some field has, in lower case; made once for each dialect. */
const knownNames = new WeakMap<MoreAliases, ReadonlySet<string>>();

function knownWith(more: MoreAliases): ReadonlySet<string> {
  let known = knownNames.get(more);
  if (known === undefined) {
    known = new Set(fieldNames.flatMap((field) => namesOf(field, more).map((name) => name.toLowerCase())));
    knownNames.set(more, known);
  }
  return known;
}

function namesOf(field: FieldName, more: MoreAliases): string[] {
  return [field, ...fieldAliases[field], ...(more[field] ?? [])];
}

/**
 * The fields of one webhook as they were sent, found by canonical name or alias in any letter case. Reads own keys
 * only and merges nothing, so that `__proto__` and its like are just unknown fields.
 */
export class SentFields {
  /** Number of unknown fields: nothing else of them is kept. */
  readonly ignored: number;
  readonly errors: FieldError[] = [];
  /** Some value was a placeholder that nobody filled in. */
  hasPlaceholder = false;
  private readonly refused = new Set<FieldName>();
  private readonly byLowerName = new Map<string, SentField[]>();

  /**
   * @param more aliases that only the dialect at hand knows, weaker than the general ones.
   */
  constructor(
    fields: Readonly<Record<string, unknown>>,
    private readonly more: MoreAliases = noMore,
  ) {
    // Sorted, so that the order in which fields were sent decides nothing.
    for (const name of Object.keys(fields).sort()) {
      const lower = plainName(name);
      this.byLowerName.set(lower, [...(this.byLowerName.get(lower) ?? []), { name, value: fields[name] }]);
    }
    const known = knownWith(more);
    this.ignored = [...this.byLowerName].reduce(
      (sum, [lower, sent]) => (known.has(lower) || notFacts.has(lower) ? sum : sum + sent.length),
      0,
    );
  }

  /** The text of anything sent under a name, in any letter case; undefined when there is none or it is empty. */
  text(name: string): string | undefined {
    return this.named(name)
      .map(({ value }) => asText(value))
      .find((text) => text !== undefined && text !== '');
  }

  /** All that was sent for a field, the strongest name first; null counts as not sent. */
  sent(field: FieldName): SentField[] {
    return namesOf(field, this.more)
      .flatMap((name) => this.named(name))
      .filter(({ value }) => value !== null && value !== undefined);
  }

  /**
   * The field's text, trimmed; undefined when it is absent, empty or null. What cannot be a text, is too long, or is
   * still a placeholder becomes an error.
   */
  read(field: FieldName): string | undefined {
    const used = this.sent(field).find(({ value }) => asText(value) !== '');
    if (used === undefined) return undefined;
    const text = asText(used.value);
    if (text === undefined)
      return this.refuse(
        field,
        typeof used.value === 'number' ? 'too large for a number: send text' : 'must be text',
      );
    if (isPlaceholder(text)) return this.refusePlaceholder(field, used.name);
    if (text.length > maxValueLength) return this.refuse(field, `longer than ${maxValueLength} characters`);
    return text;
  }

  /** Reads a field and turns its text into a fact; null from `parse` is an error with the given rule. */
  parse<T>(field: FieldName, parse: (text: string) => T | null, rule: string): T | undefined {
    const text = this.read(field);
    if (text === undefined) return undefined;
    return parse(text) ?? this.refuse(field, rule);
  }

  /** Notes what is wrong with a field, under the name that the sender used for it. */
  refuse(field: FieldName, message: string, name?: string): undefined {
    if (this.refused.has(field)) return;
    this.refused.add(field);
    const used = name ?? this.sent(field).find(({ value }) => asText(value) !== '')?.name ?? field;
    const alias = used.toLowerCase() === field.toLowerCase() ? '' : ` (taken as ${field})`;
    this.errors.push({ field: used, message: message + alias });
  }

  refusePlaceholder(field: FieldName, name: string): undefined {
    this.hasPlaceholder = true;
    return this.refuse(field, 'still a placeholder: the sender did not fill it in', name);
  }

  /** Fields of one name, the one in that very letter case first. */
  private named(name: string): SentField[] {
    const sent = this.byLowerName.get(name.toLowerCase()) ?? [];
    return [...sent.filter((one) => one.name === name), ...sent.filter((one) => one.name !== name)];
  }
}

/** A string, trimmed, or a finite number as text; undefined for what is neither, or was rounded by JSON. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? undefined
    : String(value === 0 ? 0 : value);
}

/** `FILES[]` and `FILES[0]` are how forms write lists; of other fields no list is taken, so they stay unknown. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/^(files|fileurls)\[\d*\]$/, '$1');
}
