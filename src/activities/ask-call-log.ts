import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { CallEvent } from '../domain/call-event';
import type { Connection } from '../domain/connection';
import { decodeHistoryId } from '../domain/history-id';
import { endOfLogCall } from '../domain/log-call-events';
import { groupLogCalls } from '../domain/log-calls';
import type { LogCall } from '../domain/log-calls';
import { matchLogCalls } from '../domain/match-log-calls';
import { normaliseNumber } from '../domain/phone-number';
import { PeerError } from '../domain/peer-error';
import { notListedYet } from '../domain/reconcile-steps';
import type { AskCallLogInput, QuickLookActivities } from '../domain/reconcile-steps';
import type { ActivityDependencies } from './dependencies';
import { notYet, toFailure } from './failures';
import { readDids } from './read-dids';

/** So much below the limit of the step it gives up itself, so that a slow PBX leaves no activity behind. */
const endsEarlyMs = 500;
const marginMs = 5 * 60_000;
/** A history id tells the start by the clock of the PBX to the moment, and a busy PBX logs hundreds of rows in a minute. */
const nearMs = 10_000;
/** Most calls are shorter; a longer range would make the look slow. */
const longestTalkMs = 3_600_000;
const notListed = {
  reason: notListedYet,
  mend: 'Nothing to do: 3CX lists a call some seconds after its end; it is asked again.',
};

/**
 * One short look into the call log for facts of one call that no event told. Only a call that its id or its number
 * names for certain is taken. A PBX that refuses to be asked knows nothing; one that is away fails the look, and so does
 * one that does not list a call yet of which no person is known. The workflow repeats it: what the call is then written
 * with stays.
 */
export function createAskCallLog(deps: ActivityDependencies): QuickLookActivities['askCallLog'] {
  return async (input) => {
    const { startToCloseTimeoutMs } = Context.current().info;
    const signal = AbortSignal.timeout(Math.max(endsEarlyMs, startToCloseTimeoutMs - endsEarlyMs));
    const late = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () =>
        reject(
          notYet({ reason: 'call-log-late', mend: 'Nothing to do: the PBX is slow; it is asked again.' }),
        ),
      ),
    );
    const look = ask(deps, input, signal).catch((error: unknown) => {
      const failure = toFailure(error);
      if (failure instanceof ApplicationFailure && failure.nonRetryable === true) return null;
      if (!(error instanceof PeerError)) deps.log.warn({ err: error }, 'A look into the call log failed');
      throw failure;
    });
    return Promise.race([look, late]);
  };
}

async function ask(
  deps: ActivityDependencies,
  input: AskCallLogInput,
  signal: AbortSignal,
): Promise<CallEvent | null> {
  const connection = (await deps.store.connections.get(input.connection))?.value;
  if (connection === undefined) return null;
  // Nothing lies in the future; a clock of ours that is behind must not cut off what is there.
  const latestMs = Math.max(deps.clock().getTime(), Date.parse(input.startedAt) + longestTalkMs);
  const range = { from: new Date(earliestStart(input)), to: new Date(latestMs + marginMs) };
  const context = { connection, callId: input.callId, attempt: 1, signal };
  const { calls } = groupLogCalls(await deps.threecx.callLog(context, range));
  const call = findCall(deps, connection, input, calls);
  if (call === undefined && input.missing.includes('extension')) throw notYet(notListed);
  if (call === undefined) return null;
  const dids = input.missing.includes('did')
    ? await readDids(deps, connection, [call], signal)
    : new Map<string, string>();
  return missingPart(input, connection, call, dids.get(call.callId) ?? null, deps.clock());
}

/** The log lists a call under its start. Where nobody told it, the receipt stands for it, which may be the end. */
function earliestStart({ callId, startedAt }: AskCallLogInput): number {
  const told = decodeHistoryId(callId);
  return told === null ? Date.parse(startedAt) - longestTalkMs : Date.parse(told.startedAt) - nearMs;
}

function findCall(
  { store, threecx }: ActivityDependencies,
  connection: Connection,
  input: AskCallLogInput,
  calls: LogCall[],
): LogCall | undefined {
  const hash = (number: string): string => store.hashNumber(connection.id, number);
  const logged = calls.map((call) => ({
    call,
    callerHash: hash(normaliseNumber(call.outsideNumber, connection.country).digits),
  }));
  const ours = {
    callId: input.callId,
    startedAtMs: Date.parse(input.startedAt),
    callerHash: hash(input.callerNumber ?? ''),
    direction: null,
    // No extension equals it: a call that merely rang the same phone is not sure enough.
    extension: '',
    merged: false,
  };
  const skewMs = threecx.clockSkewMs(connection) ?? 0;
  return [...matchLogCalls(logged, [ours], skewMs).keys()][0];
}

function missingPart(
  { missing }: AskCallLogInput,
  connection: Connection,
  call: LogCall,
  did: string | null,
  now: Date,
): CallEvent | null {
  const callerNumber = normaliseNumber(call.outsideNumber, connection.country).digits;
  const whole = endOfLogCall(call, { callerNumber, did, receivedAt: now.toISOString() });
  const { receivedAt, source, extension, answeredAt, endedAt, durationSeconds, status, forwarded } = whole;
  const persons = missing.includes('extension') && (extension !== undefined || forwarded === true);
  const facts = {
    ...(missing.includes('did') && did !== null ? { did } : {}),
    ...(missing.includes('number') ? { callerNumber } : {}),
    ...(persons ? { extension, answeredAt, endedAt, durationSeconds, status } : {}),
    ...(persons && forwarded === true ? { forwarded } : {}),
  };
  if (Object.keys(facts).length === 0) return null;
  return {
    event: persons ? 'call-ended' : 'call-started',
    deliveryKey: `call-log/${call.callId}/asked`,
    receivedAt,
    source,
    ...facts,
  };
}
