import type { RequestContext, StatisticsRow } from '../bitrix24/contract';
import type { FinishInput } from '../domain/call-steps';
import { PeerError } from '../domain/peer-error';
import { forActiveUser } from './active-user';
import type { AttemptMemory } from './attempt-memory';
import type { ActivityDependencies } from './dependencies';
import type { EarlierFinish } from './earlier-finish';
import { needsPerson } from './failures';
import { isLate, lookUpCall } from './look-up-call';

/** What the attempts of a finish tell each other. */
export interface FinishMemory {
  /** CALL_ID of the call that was registered anew. */
  bitrix24CallId: string;
  /** The call is being registered anew; its answer may have been lost. */
  anewTried: boolean;
  /**
   * Attempts up to number `through` have sent no finish later than `atMs`, Unix milliseconds by the clock of the process
   * `by`, that may be at work.
   */
  lastSent: { atMs: number; through: number; by: string };
}

/** A call that can be finished, with marks that it got on the way. */
export interface OpenCall {
  bitrix24CallId: string;
  marks: string[];
}

/** Where a call stands whose finish may or may not have been executed. */
export type Standing = { row: StatisticsRow } | OpenCall;

type Memory = AttemptMemory<FinishMemory>;

/**
 * Finds out whether a call is finished (its row), still open (its CALL_ID), or lost by the portal: then it is registered
 * anew, with its own start and without a card, and the new CALL_ID kept for later attempts (`bitrix24.md` section 6).
 * What it gives as open may be finished at once.
 *
 * @throws ApplicationFailure `NeedsPerson` when the statistics may not be asked, `NotYet` while an earlier finish may be at
 *   work.
 */
export async function findOpenCall(
  deps: ActivityDependencies,
  context: RequestContext,
  input: FinishInput,
  { memory, earlier, bitrix24CallId }: { memory: Memory; earlier: EarlierFinish; bitrix24CallId: string },
): Promise<Standing> {
  const look = async (key: Parameters<typeof lookUpCall>[2]): Promise<StatisticsRow | null> => {
    const row = await lookUpCall(deps.bitrix24, context, key, 'finish');
    if (row === 'cannot-look') throw finishUnclear();
    return row;
  };
  const finished = await look({ bitrix24CallId });
  if (finished !== null) return { row: finished };
  const open = await deps.bitrix24.hide(context, bitrix24CallId, [input.registeredUserId], 'finish');
  if (open) {
    earlier.requireOver();
    return { bitrix24CallId, marks: [] };
  }
  // A finish that was at work between the two questions wrote its row before it closed the call.
  const meanwhile = (await look({ bitrix24CallId })) ?? (await underNewId(input, memory, look));
  if (meanwhile !== null) return { row: meanwhile };
  earlier.requireOver();
  return registerAnew(deps, context, input, memory);
}

/** An earlier attempt may have registered the call anew and finished it under an id that was lost with its answer. */
async function underNewId(
  { register }: FinishInput,
  memory: Memory,
  look: (key: { externalCallId: string; startedAt: string }) => Promise<StatisticsRow | null>,
): Promise<StatisticsRow | null> {
  if (!memory.earlierMayHaveWritten && memory.recalled.anewTried !== true) return null;
  return look({ externalCallId: register.externalCallId, startedAt: register.callStartDate });
}

async function registerAnew(
  { bitrix24, clock }: ActivityDependencies,
  context: RequestContext,
  { register, fallbackUserId }: FinishInput,
  memory: Memory,
): Promise<Standing> {
  const inDoubt = memory.recalled.anewTried === true && isLate(register.callStartDate, clock());
  memory.note({ anewTried: true });
  try {
    const { result } = await forActiveUser(
      [register.userId, fallbackUserId, context.connection.rules.fallbackUserId],
      (userId) => bitrix24.register(context, { ...register, userId, show: false }),
    );
    memory.note({ bitrix24CallId: result.bitrix24CallId, anewTried: false });
    const marks = [
      ...(inDoubt ? ['register-in-doubt'] : []),
      ...(result.leadCreationFailed ? ['lead-not-created'] : []),
    ];
    return { bitrix24CallId: result.bitrix24CallId, marks };
  } catch (error) {
    if (error instanceof PeerError && error.reaction !== 'ambiguous') memory.note({ anewTried: inDoubt });
    throw error;
  }
}

function finishUnclear(): Error {
  return needsPerson(
    'finish-unclear',
    'The call may be finished already and the portal’s statistics cannot be asked: give the right “Call statistics: view”, then retry.',
  );
}
