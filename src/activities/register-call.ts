import type { RequestContext } from '../bitrix24/contract';
import type { CallActivities, RegisterInput, RegisterResult } from '../domain/call-steps';
import { forActiveUser } from './active-user';
import { AttemptMemory } from './attempt-memory';
import type { ActivityDependencies } from './dependencies';
import { needsPerson } from './failures';
import { isLate, lookUpCall } from './look-up-call';
import { createNameLine } from './name-line';
import { clickToCallMark, portalOwnCall } from './portal-own-call';
import { portalStep } from './portal-step';
import { saveView } from './save-view';

interface Memory {
  /** For whom the call is registered, once the first choice was refused: part of Bitrix24's dedupe key. */
  userId: number;
}

/**
 * Registers the call in Bitrix24, once whatever fails (`bitrix24.md` section 6).
 *
 * While the start is young, a repeat with identical fields finds the call that an earlier attempt opened. Later, and when an
 * earlier run may have finished it, the statistics are asked first; what they cannot show is an open call whose register
 * answer was lost, hence the mark `register-in-doubt`. A user whom Bitrix24 does not take is replaced by the fallback user and marked `user-inactive`.
 * A call that somebody clicked for in the portal is registered there already: it goes on under that CALL_ID, marked
 * `click-to-call`.
 */
export function createRegisterCall(deps: ActivityDependencies): CallActivities['registerCall'] {
  const nameLine = createNameLine(deps);
  return async (input) => {
    const memory = new AttemptMemory<Memory>(input.round);
    try {
      return await portalStep(deps, input, async (context) => {
        const done =
          (await clicked(deps, context, input, { onlyKnown: true })) ??
          (await findFinished(deps, context, input, memory)) ??
          (await clicked(deps, context, input, { onlyKnown: memory.earlierMayHaveWritten })) ??
          (await open(deps, context, input, memory));
        nameLine(context.connection, input.view.did);
        const { bitrix24CallId, userId, marks } = done;
        const patch = { bitrix24CallId, userId, marks: [...new Set([...input.view.marks, ...marks])] };
        return { ...done, saved: await saveView(deps, input, patch) };
      });
    } catch (error) {
      throw memory.failed(error);
    }
  };
}

type Done = Omit<RegisterResult, 'saved'>;

/** The open call of a click; null: nobody clicked for this one. */
async function clicked(
  deps: ActivityDependencies,
  context: RequestContext,
  { callId, parameters }: RegisterInput,
  options: { onlyKnown: boolean },
): Promise<Done | null> {
  const bitrix24CallId = await portalOwnCall(deps, context, { callId }, parameters, options);
  if (bitrix24CallId === null) return null;
  return { bitrix24CallId, userId: parameters.userId, marks: [clickToCallMark], alreadyFinished: false };
}

/** The finished call of a forgotten attempt; null: none, or not worth a look. */
async function findFinished(
  { bitrix24, clock }: ActivityDependencies,
  context: RequestContext,
  { parameters, earlierRun }: RegisterInput,
  memory: AttemptMemory<Memory>,
): Promise<Done | null> {
  const { externalCallId, callStartDate: startedAt } = parameters;
  const late = isLate(startedAt, clock());
  // A repeat finds the call while it is open, as it is within one run; an earlier run may have finished it.
  if (!late && earlierRun !== true) return null;
  const row = await lookUpCall(bitrix24, context, { externalCallId, startedAt }, 'register');
  if (row === 'cannot-look') {
    if (!memory.earlierMayHaveWritten) return null;
    throw needsPerson(
      'register-unclear',
      'An earlier attempt may have registered the call and the portal’s statistics cannot be asked: give the right “Call statistics: view”, then retry.',
    );
  }
  if (row === null) return null;
  return { bitrix24CallId: row.bitrix24CallId, userId: row.userId, marks: [], alreadyFinished: true };
}

async function open(
  { bitrix24, clock }: ActivityDependencies,
  context: RequestContext,
  { parameters, fallbackUserId }: RegisterInput,
  memory: AttemptMemory<Memory>,
): Promise<Done> {
  const inDoubt = memory.earlierMayHaveWritten && isLate(parameters.callStartDate, clock());
  const { userId: decided } = memory.recalled;
  const own = decided === undefined ? [parameters.userId] : [decided];
  const { userId, result } = await forActiveUser(
    // The rule is read anew: a fallback user who was dismissed himself can be replaced while the call waits.
    [...own, fallbackUserId, context.connection.rules.fallbackUserId],
    (candidate) => memory.write(() => bitrix24.register(context, { ...parameters, userId: candidate })),
    (candidate) => memory.note({ userId: candidate }),
  );
  const marks = [
    ...(inDoubt ? ['register-in-doubt'] : []),
    ...(userId === parameters.userId ? [] : ['user-inactive']),
    ...(result.leadCreationFailed ? ['lead-not-created'] : []),
  ];
  return { bitrix24CallId: result.bitrix24CallId, userId, marks, alreadyFinished: false };
}
