import { parseArgs } from 'node:util';
import { spareFrom } from './plan-calls';

/** What a run is asked for. */
export interface Arguments {
  calls: number;
  seed: number;
  minutes: number;
  slice: boolean;
  longBlocks: boolean;
  /** File for the report as JSON. */
  report: string | null;
  /** Only tell what each kind of fault does. */
  list: boolean;
}

const defaults = { calls: 50, minutes: 3 };
const slice = { calls: 200, minutes: 1.25 };
/** The rest of the numbers are for calls that no plan has. */
const mostCalls = spareFrom - 500;

/** Reads the command line. @throws with the rule that it breaks. */
export function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      slice: { type: 'boolean', default: false },
      'long-blocks': { type: 'boolean', default: false },
      report: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const usual = values.slice ? slice : defaults;
  const calls = wholeNumber('calls', values.calls ?? String(usual.calls), 10);
  if (calls > mostCalls) throw new Error(`--calls must be at most ${mostCalls}`);
  const minutes = Number(values.minutes ?? usual.minutes);
  if (!(minutes >= 0.1)) throw new Error('--minutes must be a number from 0.1 on');
  return {
    ...{ calls, minutes },
    seed: wholeNumber('seed', values.seed, 0),
    slice: values.slice,
    longBlocks: values['long-blocks'],
    report: values.report ?? null,
    list: values.list,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${name} must be an integer from ${least} on`);
  return value;
}
