import { Context } from '@temporalio/activity';
import { mayHaveCallLog } from '../domain/call-log-access';
import type { Connection } from '../domain/connection';
import { groupLogCalls } from '../domain/log-calls';
import type { LogLeg } from '../domain/log-calls';
import { matchLogCalls } from '../domain/match-log-calls';
import { normaliseNumber } from '../domain/phone-number';
import { PeerError } from '../domain/peer-error';
import type { NotHealed, ReconcileActivities, ReconcileOutcome } from '../domain/reconcile-steps';
import type { ReconcileMark } from '../store/contract';
import type { ActivityDependencies } from './dependencies';
import { healCalls } from './heal-calls';
import type { Finding } from './heal-calls';
import { readKnownCalls } from './known-calls';
import { isSyncDue } from './sync-extensions';

const hourMs = 3_600_000;
/** A call appears in the log when it is over, under its start: so far back a look has to reach. */
const windowMs = 24 * hourMs;
/** Looks in between reach back less far; the whole window is looked at once an hour. */
const recentMs = 2 * hourMs;
const fullEveryMs = hourMs;
/** After a longer standstill the rest is lost to us; nobody wants last month's calls as new ones. */
const longestGapMs = 7 * 24 * hourMs;
/** The call log is read in pieces, because long reports do not come back. */
const pieceMs = 6 * hourMs;
/** A PBX that had no call log may have been upgraded. */
const askAgainMs = 24 * hourMs;
/** Starts that were told late, and clocks that differ. */
const marginMs = 15 * 60_000;
const heartbeatMs = 10_000;
const mostReported = 500;

/**
 * Compares 3CX's call log with the ledger and mends what is missing: calls that nobody told, ends that were lost, calls
 * whose workflow is gone. A second look changes nothing. A PBX that cannot be asked is no failure: the outcome says so,
 * and the next look goes back to where the last good one ended.
 */
export function createReconcileCalls(deps: ActivityDependencies): ReconcileActivities['reconcileCalls'] {
  return async ({ connection: id, ordered }) => {
    const beat = setInterval(() => Context.current().heartbeat(), heartbeatMs);
    try {
      const stored = await deps.store.connections.get(id);
      if (stored !== null) {
        const mark = await markOf(deps, id, stored.updatedAt);
        const outcome = await reconcile(deps, stored.value, mark, ordered);
        return isSyncDue(stored.value.rules, mark, deps.clock(), deps.timeScale)
          ? { ...outcome, extensionsDue: true }
          : outcome;
      }
      await deps.runs.dropSchedule(id);
      return emptyOutcome({ from: deps.clock(), to: deps.clock() }, { reason: 'connection-missing' });
    } finally {
      clearInterval(beat);
    }
  };
}

/** Where we stand; a connection that was never looked at is ours from the time it was made. */
async function markOf(
  { store }: ActivityDependencies,
  id: string,
  updatedAt: string,
): Promise<ReconcileMark> {
  const mark = await store.reconcile.get(id);
  if (mark.since !== null) return mark;
  await store.reconcile.put(id, { since: updatedAt });
  return { ...mark, since: updatedAt };
}

async function reconcile(
  deps: ActivityDependencies,
  connection: Connection,
  mark: ReconcileMark,
  ordered: boolean,
): Promise<ReconcileOutcome> {
  const { store, log } = deps;
  const now = deps.clock();
  const full = ordered || mark.fullAt === null || Date.parse(mark.fullAt) + fullEveryMs <= now.getTime();
  const range = { from: new Date(startOfLook(mark, now, full, ordered)), to: now };
  const unavailable = knownToBeMissing(deps, connection, mark, ordered, now);
  if (unavailable !== null) return emptyOutcome(range, unavailable);

  let rows: LogLeg[];
  try {
    rows = await readLog(deps, connection, range);
  } catch (error) {
    return emptyOutcome(range, await noteUnreadable(deps, connection, now, error));
  }
  const { calls, rowsWithoutId } = groupLogCalls(rows);
  const hashed = calls.map((call) => {
    const callerNumber = normaliseNumber(call.outsideNumber, connection.country).digits;
    return { call, callerNumber, callerHash: store.hashNumber(connection.id, callerNumber) };
  });
  const known = await readKnownCalls(store, connection.id, {
    from: new Date(range.from.getTime() - marginMs),
    to: new Date(now.getTime() + marginMs),
  });
  // Just asked, so its clock is known.
  const skewMs = deps.threecx.clockSkewMs(connection) ?? 0;
  const matched = matchLogCalls(hashed, known.calls, skewMs);
  const findings = hashed.map(({ call, callerNumber }): Finding => ({
    call,
    callerNumber,
    known: matched.get(call) ?? null,
  }));
  const { healed, notHealed, complete } = await healCalls(deps, connection, findings, {
    unsure: known.incomplete,
    skewMs,
  });
  if (rowsWithoutId > 0)
    notHealed.push({
      reason: 'rows-without-history-id',
      mend: `${rowsWithoutId} rows of the call log name no call: 3CX does that since 20.0.6, so upgrade it.`,
    });
  const at = now.toISOString();
  await store.reconcile.put(connection.id, {
    ...(complete ? { readTo: at, ...(full ? { fullAt: at } : {}) } : {}),
    missing: null,
  });
  if (healed.length > 0 || notHealed.length > 0)
    log.info(
      {
        connection: connection.id,
        healed: healed.length,
        notHealed: notHealed.length,
        lookedAt: calls.length,
      },
      'Compared with the call log of 3CX',
    );
  return {
    healed: healed.slice(0, mostReported),
    notHealed: notHealed.slice(0, mostReported),
    lookedAt: calls.length,
    from: range.from.toISOString(),
    to: at,
  };
}

/**
 * By itself nobody looks at what was before the connection: another integration may have told the portal of it. Somebody
 * who orders a look wants the whole window.
 */
function startOfLook({ readTo, since }: ReconcileMark, now: Date, full: boolean, ordered: boolean): number {
  const nowMs = now.getTime();
  const firstMs = ordered || since === null ? 0 : Date.parse(since) - marginMs;
  if (!full) return Math.max(firstMs, nowMs - recentMs);
  const readToMs = Math.min(readTo === null ? nowMs : Date.parse(readTo), nowMs);
  return Math.max(firstMs, Math.max(readToMs, nowMs - longestGapMs) - windowMs);
}

async function readLog(
  deps: ActivityDependencies,
  connection: Connection,
  { from, to }: { from: Date; to: Date },
): Promise<LogLeg[]> {
  const { info, cancellationSignal: signal } = Context.current();
  const context = { connection, callId: null, attempt: info.attempt, signal };
  const rows: LogLeg[] = [];
  for (let start = from.getTime(); start <= to.getTime(); start += pieceMs) {
    // Both ends of a range count, so that the pieces must not touch.
    const end = Math.min(start + pieceMs - 1, to.getTime());
    rows.push(...(await deps.threecx.callLog(context, { from: new Date(start), to: new Date(end) })));
  }
  return rows;
}

/** Connections without a call log are not asked for it every few minutes. */
function knownToBeMissing(
  { store }: ActivityDependencies,
  connection: Connection,
  { missing }: ReconcileMark,
  ordered: boolean,
  now: Date,
): NotHealed | null {
  if (!mayHaveCallLog(connection))
    return {
      reason: 'no-call-log',
      mend: 'The connection has a fixed token, which cannot read the call log: give it an API client of 3CX to have lost events mended.',
    };
  if (missing === null || ordered || missing.fingerprint !== fingerprintOf(store, connection)) return null;
  if (Date.parse(missing.at) + askAgainMs <= now.getTime()) return null;
  return { reason: missing.reason, mend: missing.mend };
}

async function noteUnreadable(
  { store, log }: ActivityDependencies,
  connection: Connection,
  now: Date,
  error: unknown,
): Promise<NotHealed> {
  if (!(error instanceof PeerError) || error.reason === 'cancelled') throw error;
  const { reason, mend } = error;
  if (reason === 'xapi-missing') {
    const fingerprint = fingerprintOf(store, connection);
    await store.reconcile.put(connection.id, {
      missing: { reason, mend, fingerprint, at: now.toISOString() },
    });
  }
  if (error.reaction === 'authorisation')
    await store.health
      .report(connection.id, 'threecx', { ok: false, reason, mend })
      .catch((err: unknown) => log.warn({ err }, 'The health of a connection was not noted'));
  log.warn({ connection: connection.id, reason }, 'The call log of 3CX could not be read');
  return { reason, mend };
}

function fingerprintOf(
  { sign }: ActivityDependencies['store'],
  { threecx }: Pick<Connection, 'threecx'>,
): string {
  return sign('call-log', JSON.stringify([threecx.baseUrl, threecx.auth]));
}

function emptyOutcome(range: { from: Date; to: Date }, why: NotHealed): ReconcileOutcome {
  return {
    healed: [],
    notHealed: [why],
    lookedAt: 0,
    from: range.from.toISOString(),
    to: range.to.toISOString(),
  };
}
