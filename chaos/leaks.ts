import type { CallToFind, Leak } from './evidence';

/** National part of the shortest number; what is shorter (`000`) says nothing about anybody. */
const nationalDigits = 10;

/** I8: looks for secrets and outside numbers in texts. A number counts in any spelling that keeps its last ten digits together. */
export class LeakSearch {
  private readonly numbers: ReadonlySet<string>;
  private readonly prefix: string;
  private readonly found = new Map<string, Leak>();

  /** @param secrets by name, whatever may be in none of the texts. */
  constructor(
    private readonly secrets: Record<string, string>,
    calls: readonly Pick<CallToFind, 'number'>[],
  ) {
    const national = calls
      .map(({ number }) => number.slice(-nationalDigits))
      .filter((number) => number.length === nationalDigits);
    this.numbers = new Set(national);
    this.prefix = commonPrefix(national);
  }

  /** Length of the longest thing that is looked for: pieces of one text must overlap by so much. */
  get longest(): number {
    return Math.max(nationalDigits, ...Object.values(this.secrets).map(({ length }) => length));
  }

  /** What was found so far. */
  get leaks(): Leak[] {
    return [...this.found.values()];
  }

  /** Looks through one text, or one piece of it. */
  look(where: string, text: string): void {
    for (const [what, secret] of Object.entries(this.secrets)) this.note(where, what, countOf(text, secret));
    this.note(where, 'a phone number', this.countNumbers(text));
  }

  private note(where: string, what: string, count: number): void {
    if (count === 0) return;
    const key = `${where} ${what}`;
    this.found.set(key, { where, what, count: count + (this.found.get(key)?.count ?? 0) });
  }

  /** Looks for the numbers' common beginning first: a run has many numbers and the texts are long. */
  private countNumbers(text: string): number {
    const { numbers, prefix } = this;
    if (numbers.size === 0) return 0;
    if (prefix === '') return [...numbers].reduce((sum, number) => sum + countOf(text, number), 0);
    let count = 0;
    for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1))
      if (numbers.has(text.slice(at, at + nationalDigits))) count += 1;
    return count;
  }
}

function commonPrefix(texts: readonly string[]): string {
  const [first = '', ...rest] = texts;
  let length = first.length;
  for (const text of rest) while (!text.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

function countOf(text: string, secret: string): number {
  if (secret === '') return 0;
  let count = 0;
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) count += 1;
  return count;
}
