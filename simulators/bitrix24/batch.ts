import type { Caller } from './access';
import type { TimedAnswer } from './execute-method';
import { executeMethod } from './execute-method';
import { parseForm } from './form-values';
import { emptyParams, isNamed, phpArray, phpString, phpTrue } from './php';
import type { Params } from './php';
import type { Portal } from './portal';
import { RestError } from './rest-error';
import { errorBody } from './rest-answer';

const maxCommands = 50;
const forbidden = new Set(['batch', 'upload', 'download']);

/** Runs up to 50 commands one after the other; 200 even if all fail (reference section 1.4). */
export async function runBatch(
  portal: Portal,
  caller: Caller,
  params: Params,
): Promise<Record<string, unknown>> {
  const answers = new Map<string, TimedAnswer>();
  const errors = new Map<string, unknown>();
  const commands = Object.entries(commandsOf(params['cmd']));
  for (const [index, [name, text]] of commands.entries()) {
    try {
      if (index >= maxCommands)
        throw new RestError(400, 'ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded');
      answers.set(name, await runCommand(portal, caller, phpString(text), answers));
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      errors.set(name, errorBody(portal, error));
      if (phpTrue(params['halt'])) break;
    }
  }
  const pick = (read: (answer: TimedAnswer) => unknown): unknown => {
    const picked = [...answers].map(([name, answer]) => [name, read(answer)] as const);
    return phpArray(new Map(picked.filter(([, value]) => value !== undefined)));
  };
  return {
    result: pick((answer) => answer.result),
    result_error: phpArray(errors),
    result_total: pick((answer) => answer.total),
    result_next: pick((answer) => answer.next),
    result_time: pick((answer) => answer.time),
  };
}

function commandsOf(cmd: unknown): Record<string, unknown> {
  if (Array.isArray(cmd)) return Object.fromEntries(cmd.entries());
  return isNamed(cmd) ? cmd : {};
}

async function runCommand(
  portal: Portal,
  caller: Caller,
  text: string,
  answers: Map<string, TimedAnswer>,
): Promise<TimedAnswer> {
  const cut = text.indexOf('?');
  const method = (cut < 0 ? text : text.slice(0, cut)).toLowerCase();
  if (forbidden.has(method)) {
    throw new RestError(400, 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage');
  }
  const params = resolve(cut < 0 ? emptyParams() : parseForm(text.slice(cut + 1)), answers) as Params;
  return await executeMethod(portal, { method, params, caller, inBatch: true });
}

/** Puts `$result[name][FIELD]` of earlier commands in. */
function resolve(value: unknown, answers: Map<string, TimedAnswer>): unknown {
  if (typeof value === 'string') {
    const whole = /^\$result((?:\[[^\]]*\])+)$/.exec(value);
    if (whole !== null) return lookUp(whole[1] ?? '', answers);
    return value.replace(/\$result((?:\[[^\]]*\])+)/g, (_match, keys: string) =>
      phpString(lookUp(keys, answers)),
    );
  }
  if (Array.isArray(value)) return value.map((one) => resolve(one, answers));
  if (!isNamed(value)) return value;
  const out = emptyParams();
  for (const [name, inner] of Object.entries(value)) out[name] = resolve(inner, answers);
  return out;
}

function lookUp(keys: string, answers: Map<string, TimedAnswer>): unknown {
  const [name = '', ...rest] = [...keys.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
  let value: unknown = answers.get(name)?.result;
  for (const key of rest) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Params)[key];
  }
  return value;
}
