import type { Arguments } from './arguments';
import { Background } from './background';
import { check, waitingInVain } from './checker';
import { ExpectedCalls, countWorkflows, findLeaks, listUnfinished, seenInPortal } from './collect';
import type { Evidence, FaultCount } from './evidence';
import { kinds } from './kinds';
import { explain } from './explain';
import type { ChaosLab } from './lab';
import { FaultPhase } from './fault-phase';
import type { Hits } from './fault-phase';
import { cleanCalls, heal } from './heal';
import type { Healing } from './heal';
import { describePlan, makePlan } from './plan';
import type { Plan } from './plan';
import type { SenderKind } from './plan-calls';
import { senderKinds } from './plan-calls';
import { isDense } from './plan-faults';
import { countBy } from './report';
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

interface Surroundings {
  say: (text: string) => void;
  stopped: AbortSignal;
}

/** Everything from the first clean call to the last check. */
export async function runAll(
  lab: ChaosLab,
  given: Arguments,
  { say, stopped }: Surroundings,
): Promise<Report> {
  const startedMs = Date.now();
  const sender = new Sender(lab);
  const expected = new ExpectedCalls(lab, sender);
  const background = new Background(lab);
  const healLimitMs = given.longBlocks ? longHealLimitMs : usualHealLimitMs;
  const clean = { seed: given.seed, limitMs: longestCleanMs, stopped };
  const more = (text: string): void => say(`  ${text}`);
  if (isDense(given)) lab.database.liftBudget();
  say('Calls without any fault first, for the normal time …');
  await cleanCalls(lab, sender, { ...clean, from: 0, count: 1 });
  const normalMs = await cleanCalls(lab, sender, { ...clean, from: 1, count: warmUpCalls });
  const cleanLimitMs = Math.max(leastCleanLimitMs, 3 * normalMs);

  const plan = makePlan({ ...given, from: 1 + warmUpCalls });
  say(`The plan of seed ${given.seed}:\n${describePlan(plan)}`);
  background.begin();
  const faultsFromMs = Date.now();
  const hits = await new FaultPhase(lab, sender, plan, { say: more, stopped }).run();
  background.end();
  const faultsTookMs = Date.now() - faultsFromMs;

  say('Faults off; waiting until every call is settled …');
  const healing = await heal(lab, expected, { limitMs: healLimitMs, say: more, stopped });
  if (healing.missing.length > 0) say(`  never settled: ${healing.missing.slice(0, 50).join(', ')}`);
  say(`${cleanCount} calls without any fault …`);
  const slowestMs = await cleanCalls(lab, sender, {
    ...clean,
    from: sender.played.length,
    count: cleanCount,
  });

  say('Looking at everything …');
  const faults = [...countFaults(plan, hits, sender), ...background.counts()].sort((a, b) =>
    a.matrix.localeCompare(b.matrix),
  );
  const limits = { healedAtMs: healing.healedAtMs, healLimitMs, cleanLimitMs };
  const evidence = await collect(lab, expected, faults, limits);
  const violations = [...lab.complaints, ...check(evidence)];
  return {
    ...{ seed: given.seed, calls: evidence.calls.length, minutes: given.minutes },
    tookS: Math.round((Date.now() - startedMs) / 1000),
    faults,
    ...tellFaults(lab, plan, faultsTookMs),
    shares: { ...sender.shares(), 'answers to writes lost': background.percent() },
    edits: countBy(lab.editor.edits, ({ outcome }) => outcome),
    workflows: await countWorkflows(lab),
    untraceable: evidence.calls.filter((call) => call.untraceable === true).length,
    answers: sender.answers(),
    portalRequests: countRequests(lab),
    crashes: Object.fromEntries(lab.slots.map(({ name, crashes }) => [name, crashes])),
    healing: tellHealing(healing, healLimitMs),
    clean: { calls: cleanCount, slowestMs, limitMs: cleanLimitMs },
    violations,
    evidence: await explain(lab, sender, violations),
  };
}

async function collect(
  lab: ChaosLab,
  expected: ExpectedCalls,
  faults: FaultCount[],
  limits: Pick<Evidence, 'healedAtMs' | 'healLimitMs' | 'cleanLimitMs'>,
): Promise<Evidence> {
  const calls = expected.list();
  return {
    calls,
    ...(await seenInPortal(lab)),
    workflows: await settledWorkflows(lab, waitingInVain(calls)),
    leaks: await findLeaks(lab, calls),
    edits: lab.editor.edits,
    ...(await lab.editor.seen()),
    faults,
    ...limits,
  };
}

/** The list of workflows, once the last clean ones have closed; open ones after some seconds are what they are. */
async function settledWorkflows(
  lab: ChaosLab,
  inVain: ReadonlySet<string>,
): ReturnType<typeof listUnfinished> {
  const until = Date.now() + 15_000;
  for (;;) {
    const workflows = await listUnfinished(lab, 'all');
    if (
      Date.now() > until ||
      workflows.every(({ status, workflowId }) => status !== 'RUNNING' || inVain.has(workflowId))
    )
      return workflows;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function tellHealing({ tookMs, reconciled }: Healing, limitMs: number): Report['healing'] {
  return { tookMs, limitMs, reconciled };
}

function tellFaults({ kills }: ChaosLab, plan: Plan, tookMs: number): Pick<Report, 'scheduled' | 'kills'> {
  return {
    scheduled: Object.values(plan.lanes).flat().length,
    kills: {
      byTarget: countBy(kills, ({ target }) => target),
      inFlight: kills.filter(({ inFlight }) => inFlight).length,
      everyS: Math.round(tookMs / Math.max(1, kills.length) / 100) / 10,
    },
  };
}

function countRequests({ portal: { control } }: ChaosLab): Record<string, number> {
  const methods = new Set(control.requests().map(({ method }) => method));
  return Object.fromEntries([...methods].map((method) => [method, control.requestCount(method)]));
}

function countFaults(plan: Plan, hits: Hits, sender: Sender): FaultCount[] {
  const planned = countBy(Object.values(plan.lanes).flat(), ({ kind }) => kind.name);
  const sent = sender.hits();
  return [
    ...kinds
      .filter(({ name }) => planned[name] !== undefined)
      .map(({ name, matrix }) => ({ kind: name, matrix, hits: hits[name] ?? 0, planned: planned[name]! })),
    ...(Object.keys(senderKinds) as SenderKind[]).map((kind) => ({
      ...{ kind, matrix: senderKinds[kind], planned: plan.sender[kind], hits: sent[kind] },
    })),
  ];
}
