import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { check } from './checker';
import { expectedCalls, listWorkflows, secretsOf, seenInPortal, seenTexts } from './collect';
import type { FaultCount } from './evidence';
import { kinds } from './kinds';
import { ChaosLab } from './lab';
import { cleanCalls, faultPhase, heal } from './phases';
import type { Hits } from './phases';
import { describePlan, makePlan, senderKinds } from './plan';
import type { Plan, SenderKind } from './plan';
import { explain, formatReport } from './report';
import type { Report } from './report';
import { Sender } from './sender';

const warmUpCalls = 5;
const cleanCount = 20;
const usualHealLimitMs = 240_000;
/** The longest block that the portal's answers can mean, and what has piled up by then. */
const longHealLimitMs = 1_500_000;
/** A call is normal up to three times what the slowest one took before the first fault, and never below this. */
const leastCleanLimitMs = 5_000;
const longestCleanMs = 60_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Arguments {
  calls: number;
  seed: number;
  minutes: number;
  longBlocks: boolean;
  report: string | null;
}

/** `npm run chaos -- --calls N --seed S --minutes M [--long-blocks] [--report file]`: 0 only when every invariant holds. */
async function main(): Promise<number> {
  const given = readArguments();
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = new AbortController();
  // Every wait listens to it.
  setMaxListeners(0, stop.signal);
  let lab: ChaosLab | null = null;
  // Whatever ends this process, nothing stays behind: the servers have guardians, the bridge's processes have this.
  process.on('exit', () => lab?.slots.forEach((slot) => slot.killNow()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      say('Stopping …');
      stop.abort(new Error(`Stopped by ${signal}`));
    });
  try {
    say('Starting Temporal, MongoDB, two APIs, two workers and the stand-ins …');
    lab = await ChaosLab.open(given.seed, undo);
    const report = await runAll(lab, given, stop.signal);
    process.stdout.write(`\n${formatReport(report)}\n`);
    if (given.report !== null) await writeFile(given.report, `${JSON.stringify(report, null, 2)}\n`);
    return report.violations.length === 0 ? 0 : 1;
  } finally {
    if (lab !== null) await lab.close();
    else for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => undefined);
  }
}

async function runAll(lab: ChaosLab, given: Arguments, stopped: AbortSignal): Promise<Report> {
  const startedMs = Date.now();
  const sender = new Sender(lab);
  const healLimitMs = given.longBlocks ? longHealLimitMs : usualHealLimitMs;
  const clean = { seed: given.seed, limitMs: longestCleanMs, stopped };
  say('Calls without any fault first, for the normal time …');
  await cleanCalls(lab, sender, { ...clean, from: 0, count: 1 });
  const normalMs = await cleanCalls(lab, sender, { ...clean, from: 1, count: warmUpCalls });
  const cleanLimitMs = Math.max(leastCleanLimitMs, 3 * normalMs);

  const plan = makePlan({ ...given, from: 1 + warmUpCalls });
  say(`The plan of seed ${given.seed}:\n${describePlan(plan)}`);
  const hits = await faultPhase(lab, sender, plan, { say: (text) => say(`  ${text}`), stopped });

  say('Faults off; waiting until every call is settled …');
  const healing = await heal(lab, sender, { limitMs: healLimitMs, say: (text) => say(`  ${text}`), stopped });
  if (healing.missing.length > 0) say(`  never settled: ${healing.missing.join(', ')}`);
  say(`${cleanCount} calls without any fault …`);
  const slowestMs = await cleanCalls(lab, sender, {
    ...clean,
    from: sender.played.length,
    count: cleanCount,
  });

  const faults = countFaults(plan, hits, sender);
  const calls = expectedCalls(lab, sender);
  const violations = check({
    calls,
    ...(await seenInPortal(lab)),
    workflows: await settledWorkflows(lab),
    texts: await seenTexts(lab),
    secrets: secretsOf(lab),
    faults,
    healedAtMs: healing.healedAtMs,
    healLimitMs,
    cleanLimitMs,
  });
  return {
    ...{ seed: given.seed, calls: calls.length, minutes: given.minutes },
    tookS: Math.round((Date.now() - startedMs) / 1000),
    faults,
    answers: sender.answers(),
    portalRequests: countRequests(lab),
    crashes: Object.fromEntries(lab.slots.map(({ name, crashes }) => [name, crashes])),
    healing: { tookMs: healing.tookMs, limitMs: healLimitMs, reconciled: healing.reconciled },
    clean: { calls: cleanCount, slowestMs, limitMs: cleanLimitMs },
    violations,
    evidence: await explain(lab, sender, violations),
  };
}

/** The list of workflows, once the last clean ones have closed; open ones after some seconds are what they are. */
async function settledWorkflows(lab: ChaosLab): ReturnType<typeof listWorkflows> {
  const until = Date.now() + 15_000;
  for (;;) {
    const workflows = await listWorkflows(lab);
    if (Date.now() > until || workflows.every(({ status }) => status !== 'RUNNING')) return workflows;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function countRequests({ portal }: ChaosLab): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method } of portal.control.requests()) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}

function countFaults(plan: Plan, hits: Hits, sender: Sender): FaultCount[] {
  const planned = Object.values(plan.lanes).flat();
  const sent = sender.hits();
  return [
    ...kinds
      .map(({ name, matrix }) => ({
        ...{ kind: name, matrix, hits: hits[name] ?? 0 },
        planned: planned.filter(({ kind }) => kind.name === name).length,
      }))
      .filter((one) => one.planned > 0),
    ...(Object.keys(senderKinds) as SenderKind[]).map((kind) => ({
      ...{ kind, matrix: senderKinds[kind], planned: plan.sender[kind], hits: sent[kind] },
    })),
  ].sort((a, b) => a.matrix.localeCompare(b.matrix));
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '3' },
      'long-blocks': { type: 'boolean', default: false },
      report: { type: 'string' },
    },
  });
  const read = (name: 'calls' | 'seed' | 'minutes', least: number): number => {
    const value = Number(values[name]);
    if (!(value >= least) || (name !== 'minutes' && !Number.isInteger(value)))
      throw new Error(`--${name} must be ${name === 'minutes' ? 'a number' : 'an integer'} from ${least} on`);
    return value;
  };
  return {
    calls: read('calls', 10),
    seed: read('seed', 0),
    minutes: read('minutes', 0.1),
    longBlocks: values['long-blocks'],
    report: values.report ?? null,
  };
}

main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith('Stopped by')) process.exit(130);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  });
