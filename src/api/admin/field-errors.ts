import type { z } from 'zod';
import type { FieldError } from '../problem';

type Issue = z.core.$ZodIssue;

const errorsShown = 100;

/**
 * Zod's issues as field errors with dotted paths; `whole` names what has no path. Holds nothing of the input but names of
 * unknown fields. Of a union, the branch that fits best is explained.
 */
export function fieldErrors(error: z.ZodError, whole = 'body'): FieldError[] {
  return error.issues.flatMap((issue) => explain(issue, [], whole)).slice(0, errorsShown);
}

function explain(issue: Issue, parents: PropertyKey[], whole: string): FieldError[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: name([...path, key.slice(0, 100)], whole),
      message: 'is not known',
    }));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [best] = [...issue.errors].sort((a, b) => a.length - b.length);
    return best!.flatMap((inner) => explain(inner, path, whole));
  }
  return [{ field: name(path, whole), message: issue.message }];
}

function name(path: PropertyKey[], whole: string): string {
  return path.length === 0 ? whole : path.map(String).join('.');
}
