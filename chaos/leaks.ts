import type { Evidence } from './evidence';

/** Something found where it must not be; `what` is its name, never the thing itself. */
export interface Leak {
  where: string;
  what: string;
  count: number;
}

/** National part of the shortest number; what is shorter (`000`) says nothing about anybody. */
const nationalDigits = 10;

/** I8: secrets and outside numbers in texts. A number counts in any spelling that keeps its last ten digits together. */
export function findLeaks({ texts, secrets, calls }: Pick<Evidence, 'texts' | 'secrets' | 'calls'>): Leak[] {
  const national = calls
    .map(({ number }) => number.slice(-nationalDigits))
    .filter((number) => number.length === nationalDigits);
  const numbers = new Set(national);
  const prefix = commonPrefix(national);
  return texts.flatMap(({ where, text }) => {
    const found = Object.entries(secrets)
      .map(([what, secret]) => ({ where, what, count: countOf(text, secret) }))
      .filter(({ count }) => count > 0);
    const shown = countNumbers(text, prefix, numbers);
    return shown === 0 ? found : [...found, { where, what: 'a phone number', count: shown }];
  });
}

/** Looks for the numbers' common beginning first: a run has many numbers and the texts are long. */
function countNumbers(text: string, prefix: string, numbers: ReadonlySet<string>): number {
  if (numbers.size === 0) return 0;
  if (prefix === '') return [...numbers].reduce((sum, number) => sum + countOf(text, number), 0);
  let count = 0;
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1))
    if (numbers.has(text.slice(at, at + nationalDigits))) count += 1;
  return count;
}

function commonPrefix(texts: readonly string[]): string {
  const [first = '', ...rest] = texts;
  let length = first.length;
  for (const text of rest) while (!text.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

function countOf(text: string, secret: string): number {
  return secret === '' ? 0 : text.split(secret).length - 1;
}
