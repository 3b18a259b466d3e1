import { decodeHistoryId, workflowIdFor } from '../domain/call-id';
import type { CallEvent } from '../domain/call-event';
import type { CallRef } from '../domain/call-steps';
import type { Connection } from '../domain/connection';
import { endOfLogCall, eventsOfLogCall } from '../domain/log-call-events';
import type { LogEventOptions } from '../domain/log-call-events';
import type { LogCall } from '../domain/log-calls';
import { isSurelySame, sameCallWindowMs } from '../domain/match-log-calls';
import type { LogMatch } from '../domain/match-log-calls';
import type { Healing, NotHealed } from '../domain/reconcile-steps';
import type { ActivityDependencies, CallRun } from './dependencies';
import type { FoundCall } from './known-calls';
import { readDids } from './read-dids';

/** Events of a call that is just over may still be on their way. */
const quietMs = 60_000;
/** A workflow that still has no row after that is stuck: it hides other calls no longer. */
const startingMs = 15 * 60_000;
/** The rest is for the next look. */
const mostAtOnce = 1_000;
/** Workflows that are looked at side by side. */
const askedAtOnce = 20;
const insertMs = 5_000;

/** A call of the log, and who knows it. */
export interface Finding {
  call: LogCall;
  /** Digits; empty: hidden. */
  callerNumber: string;
  known: LogMatch<FoundCall> | null;
}

/** What came of it. `complete`: nothing is left that the next look could not see again. */
export interface Healed {
  healed: { callId: string; what: Healing }[];
  notHealed: NotHealed[];
  complete: boolean;
}

interface Doubt {
  unsure: boolean;
  skewMs: number;
}

/** What must be done for one call; `null`: nothing. */
type Diagnosis = { heal: Healing; ref: CallRef } | { wait: string } | null;

/**
 * Mends what is missing in the calls of the log. Events go through the inbox, under keys that come from the history id, so
 * that a repeat changes nothing.
 *
 * @param doubt.unsure a call that nobody seems to know may be known all the same: such calls are left alone.
 * @param doubt.skewMs clock of the PBX minus ours.
 */
export async function healCalls(
  deps: ActivityDependencies,
  connection: Connection,
  findings: readonly Finding[],
  doubt: Doubt,
): Promise<Healed> {
  const outcome: Healed = { healed: [], notHealed: [], complete: true };
  const toHeal: { finding: Finding; heal: Healing; ref: CallRef }[] = [];
  for (const { finding, diagnosis } of await diagnoseAll(deps, connection.id, findings, doubt)) {
    if (diagnosis === null) continue;
    if ('heal' in diagnosis && toHeal.length < mostAtOnce) toHeal.push({ finding, ...diagnosis });
    else {
      const reason = 'wait' in diagnosis ? diagnosis.wait : 'too-many-at-once';
      outcome.complete &&= reason !== 'too-many-at-once' && reason !== 'events-waiting';
      outcome.notHealed.push({ callId: finding.call.callId, reason, mend: mendOf[reason] });
    }
  }
  if (toHeal.length === 0) return outcome;
  const options = await eventOptions(
    deps,
    connection,
    toHeal.map(({ finding }) => finding),
  );
  for (const { finding, heal, ref } of toHeal) {
    const done = await healOne(deps, ref, heal, finding, options(finding));
    if (done) outcome.healed.push({ callId: ref.callId, what: heal });
    else
      outcome.notHealed.push({ callId: ref.callId, reason: 'workflow-over', mend: mendOf['workflow-over'] });
  }
  return outcome;
}

const mendOf: Record<string, string> = {
  'just-ended': 'Nothing to do: the call has just ended and is looked at again in a minute.',
  'events-waiting': 'Nothing to do: events that came in are still being taken up.',
  'workflow-starting': 'Nothing to do: the call is just being taken up.',
  unclear:
    'A call like this one is open under an id that is not the PBX’s, and it may be the next call of the same client: have the sender tell the history id of 3CX.',
  'too-many-at-once': 'Nothing to do: the rest follows with the next look.',
  'workflow-over':
    'The workflow of the call ended in good order although the ledger does not show it as closed: look at the call.',
};

/** After an outage there are thousands, and a workflow that is busy takes seconds to answer. */
async function diagnoseAll(
  deps: ActivityDependencies,
  connection: string,
  findings: readonly Finding[],
  doubt: Doubt,
): Promise<{ finding: Finding; diagnosis: Diagnosis }[]> {
  const starting = new StartingCalls(deps, connection, findings);
  const all: { finding: Finding; diagnosis: Diagnosis }[] = [];
  for (let first = 0; first < findings.length; first += askedAtOnce) {
    const batch = findings.slice(first, first + askedAtOnce);
    const ask = async (finding: Finding): Promise<{ finding: Finding; diagnosis: Diagnosis }> => ({
      finding,
      diagnosis: await diagnose(deps, connection, finding, doubt, starting),
    });
    all.push(...(await Promise.all(batch.map(ask))));
  }
  return all;
}

async function diagnose(
  deps: ActivityDependencies,
  connection: string,
  { call, known: match }: Finding,
  { unsure, skewMs }: Doubt,
  starting: StartingCalls,
): Promise<Diagnosis> {
  const { store, runs, clock } = deps;
  const known = match?.known;
  if (known?.line?.closed === true) return null;
  if (Date.parse(call.endedAt) - skewMs + quietMs > clock().getTime()) return { wait: 'just-ended' };
  if (known?.held === true) return { wait: 'events-waiting' };
  if (known?.line != null) {
    const { callId, workflowId, endTold, answeredAt } = known.line;
    const answeredAtMs = answeredAt === null ? null : Date.parse(answeredAt);
    const sure = match?.byId === true || isSurelySame(call, { ...known, answeredAtMs });
    return diagnoseOpen(deps, { connection, callId, workflowId }, { endTold, sure });
  }
  const ref = { connection, callId: call.callId, workflowId: workflowIdFor(connection, call.callId) };
  // The row may have been written meanwhile, or lie outside the range because its start was told wrongly.
  const row = await store.calls.get(connection, call.callId);
  if (row !== null) {
    const endTold = row.events.some(({ event }) => event === 'call-ended');
    return row.closed ? null : diagnoseOpen(deps, ref, { endTold, sure: true });
  }
  if ((await store.claims.survivorOf(connection, call.callId)) !== null) return null;
  if (unsure) return { wait: 'events-waiting' };
  const run = await runs.look(ref.workflowId, true);
  if (run !== null) return diagnoseRowless(run, ref);
  return (await starting.mayBe(call)) ? { wait: 'workflow-starting' } : { heal: 'whole-call', ref };
}

/** A call that has a workflow and no row: steps write it in passing, and MongoDB may have been away just then. */
function diagnoseRowless(run: CallRun, ref: CallRef): Diagnosis {
  if (!run.running) return { heal: 'restarted', ref };
  if (run.endTold === null) return { wait: 'workflow-starting' };
  return run.endTold ? null : { heal: 'end', ref };
}

/** A call that is over in the PBX and open in the ledger. */
async function diagnoseOpen(
  { runs, store }: ActivityDependencies,
  ref: CallRef,
  { endTold, sure }: { endTold: boolean; sure: boolean },
): Promise<Diagnosis> {
  const run = await runs.look(ref.workflowId, !endTold);
  if (run?.running === true) {
    if (endTold || run.endTold !== false) return null;
    return sure ? { heal: 'end', ref } : { wait: 'unclear' };
  }
  // It may have closed in good order since the ledger was read.
  const row = await store.calls.get(ref.connection, ref.callId);
  if (row === null || row.closed) return null;
  return sure ? { heal: 'restarted', ref } : { wait: 'unclear' };
}

async function healOne(
  { store, runs }: ActivityDependencies,
  ref: CallRef,
  heal: Healing,
  { call }: Finding,
  options: LogEventOptions,
): Promise<boolean> {
  if (heal === 'restarted') return runs.restart(ref, eventsOfLogCall(call, options));
  const events = heal === 'end' ? [endOfLogCall(call, options)] : eventsOfLogCall(call, options);
  const insert = (event: CallEvent, receivedAt: string): Promise<void> =>
    store.inbox.insert({ ...ref, event, receivedAt, reason: 'replay' }, { timeoutMs: insertMs });
  // The inbox is emptied in the order of receipt. With the end first, whatever comes in between, no card opens for a call
  // that is over.
  const [end, ...others] = events;
  await insert(end!, options.receivedAt);
  const laterAt = new Date(Date.parse(options.receivedAt) + 1).toISOString();
  for (const event of others) await insert(event, laterAt);
  return true;
}

async function eventOptions(
  deps: ActivityDependencies,
  connection: Connection,
  findings: readonly Finding[],
): Promise<(finding: Finding) => LogEventOptions> {
  const named = findings.flatMap(({ call }) => [...call.rang, ...call.talks].map((one) => one.extension));
  const extensions = [...new Set(named.filter((extension) => extension !== null))];
  const mappings = await deps.store.extensions.getMany(connection.id, extensions);
  const nobodies = new Set(extensions.filter((one) => 'kind' in (mappings.get(one) ?? {})));
  const dids = await readDids(
    deps,
    connection,
    findings.map(({ call }) => call),
  );
  const receivedAt = deps.clock().toISOString();
  return ({ call, callerNumber }) => ({
    callerNumber,
    did: dids.get(call.callId) ?? null,
    receivedAt,
    nobodies,
  });
}

/** Calls whose workflow runs although the ledger has no row of them yet, asked for once and only when needed. */
class StartingCalls {
  private calls: Promise<{ startedAtMs: number }[]> | null = null;

  constructor(
    private readonly deps: ActivityDependencies,
    private readonly connection: string,
    private readonly findings: readonly Finding[],
  ) {}

  /** Whether one of them could be this call. */
  async mayBe(call: LogCall): Promise<boolean> {
    this.calls ??= this.read();
    const fromMs = Date.parse(call.startedAt) - sameCallWindowMs;
    const toMs = Date.parse(call.endedAt) + sameCallWindowMs;
    const youngMs = this.deps.clock().getTime() - startingMs;
    // An event may have waited long before its workflow began; the workflow itself writes its row at once.
    return (await this.calls).some(
      ({ startedAtMs }) => startedAtMs >= fromMs && (startedAtMs <= toMs || startedAtMs >= youngMs),
    );
  }

  private async read(): Promise<{ startedAtMs: number }[]> {
    const known = new Set(this.findings.map(({ known }) => known?.known.callId));
    const open = await this.deps.runs.open(this.connection);
    const rows = await Promise.all(
      open
        // A history id names its call, and that one was looked for by it.
        .filter(({ callId }) => !known.has(callId) && decodeHistoryId(callId) === null)
        .map(async (one) => ({ one, row: await this.deps.store.calls.get(this.connection, one.callId) })),
    );
    return rows.filter(({ row }) => row === null).map(({ one }) => one);
  }
}
