import type { z } from 'zod';

const kinds: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
};

const units: Record<string, string> = { string: ' characters', array: ' items' };

/**
 * Zod's findings in the words of every other refusal, for what a schema gives no message of its own: pass it as `error`
 * to `safeParse`. Holds nothing of the input.
 */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be ${listed(issue.values)}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be ${listed(issue.options)}`
        : undefined;
    case 'too_small':
      if (units[issue.origin] !== undefined && issue.minimum === 1) return 'must not be empty';
      return `must ${bound(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${units[issue.origin] ?? ''}`;
    case 'too_big':
      return `must ${bound(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${units[issue.origin] ?? ''}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'must be an ISO 8601 instant with its offset' : undefined;
    default:
      return undefined;
  }
};

function bound(origin: string): string {
  return units[origin] === undefined ? 'be' : 'have';
}

function listed(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
