import type { FinishedCall, RequestContext, StatisticsRow } from '../bitrix24/contract';
import type { CallActivities, FinishInput, FinishResult } from '../domain/call-steps';
import { PeerError } from '../domain/peer-error';
import { forActiveUser } from './active-user';
import { AttemptMemory } from './attempt-memory';
import { callOwner } from './call-owner';
import type { CallOwner } from './call-owner';
import type { ActivityDependencies } from './dependencies';
import { EarlierFinish } from './earlier-finish';
import { notYet } from './failures';
import { findOpenCall } from './open-call';
import type { FinishMemory, OpenCall } from './open-call';
import { portalStep } from './portal-step';
import { closeLateClick } from './portal-own-call';
import { saveView } from './save-view';

/**
 * Finishes the call in Bitrix24, once whatever fails (`bitrix24.md` section 6). `finish` is never repeated blindly: after an
 * attempt whose outcome is unknown the statistics are asked, then the harmless `hide` whether the call is still open,
 * and never do two run at once. An open call that the portal lost is registered anew and marked `registered-anew`.
 */
export function createFinishCall(deps: ActivityDependencies): CallActivities['finishCall'] {
  return async (input) => {
    const memory = new AttemptMemory<FinishMemory>(input.round);
    const earlier = new EarlierFinish(memory, deps.timeScale);
    try {
      return await portalStep(deps, input, async (context) => {
        const owner = await callOwner(deps, context, input);
        const done = await finishOnce(deps, context, input, { memory, earlier, owner });
        const { bitrix24CallId, userId, marks } = done;
        const others = input.view.marks.filter((mark) => mark !== 'unmapped-extension');
        const patch = { bitrix24CallId, userId, marks: [...new Set([...others, ...marks])] };
        // Without a recording nothing follows: an open row would be taken for a call that somebody must look at.
        const closed = input.view.recording.state !== 'waiting';
        const saved = await saveView(deps, input, patch, { closed });
        await closeLateClick(deps, context, input, input.register, bitrix24CallId);
        return { ...done, saved };
      });
    } catch (error) {
      earlier.tellNext();
      throw memory.failed(error);
    }
  };
}

type Done = Omit<FinishResult, 'saved'>;

interface Known {
  memory: AttemptMemory<FinishMemory>;
  earlier: EarlierFinish;
  owner: CallOwner;
}

async function finishOnce(
  deps: ActivityDependencies,
  context: RequestContext,
  input: FinishInput,
  { memory, earlier, owner }: Known,
): Promise<Done> {
  const bitrix24CallId = memory.recalled.bitrix24CallId ?? input.bitrix24CallId;
  if (!memory.earlierMayHaveWritten) {
    try {
      return await write(deps, context, input, memory, owner, { bitrix24CallId, marks: [] });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  const standing = await findOpenCall(deps, context, input, { memory, earlier, bitrix24CallId });
  if ('row' in standing) return fromRow(standing.row, input, owner);
  try {
    return await write(deps, context, input, memory, owner, standing);
  } catch (error) {
    if (!isGone(error)) throw error;
    const mend = 'Nothing to do: the call has just vanished from the portal; it is looked for again.';
    throw notYet({ reason: 'call-not-found', mend }, { cause: error });
  }
}

function isGone(error: unknown): boolean {
  return error instanceof PeerError && error.reaction === 'gone';
}

async function write(
  { bitrix24 }: ActivityDependencies,
  context: RequestContext,
  input: FinishInput,
  memory: AttemptMemory<FinishMemory>,
  owner: CallOwner,
  { bitrix24CallId, marks: openMarks }: OpenCall,
): Promise<Done> {
  const { durationSeconds, statusCode } = input;
  const { userId, result } = await forActiveUser(
    [owner.userId, input.fallbackUserId, context.connection.rules.fallbackUserId],
    (candidate) =>
      memory.write(() =>
        bitrix24.finish(context, {
          bitrix24CallId,
          userId: candidate,
          durationSeconds,
          statusCode,
          addToChat: true,
        }),
      ),
  );
  const marks = [
    ...(userId === owner.userId ? [] : ['user-inactive']),
    ...openMarks,
    ...marksOf(input, owner, bitrix24CallId),
    ...(lacksActivity(input, result) ? ['no-activity'] : []),
  ];
  const { statisticsId, activityId } = result;
  return { bitrix24CallId, userId, statisticsId, activityId, marks };
}

/** The call was finished by an earlier attempt. */
function fromRow(row: StatisticsRow, input: FinishInput, owner: CallOwner): Done {
  const { bitrix24CallId, userId, id: statisticsId, activityId } = row;
  const marks = [
    ...marksOf(input, owner, bitrix24CallId),
    ...(activityId === null && input.register.crmCreate ? ['no-activity'] : []),
  ];
  return { bitrix24CallId, userId, statisticsId, activityId, marks };
}

function marksOf(input: FinishInput, owner: CallOwner, bitrix24CallId: string): string[] {
  return [
    ...(owner.unmapped ? ['unmapped-extension'] : []),
    ...(bitrix24CallId === input.bitrix24CallId ? [] : ['registered-anew']),
  ];
}

/** No activity is worth a mark where one was wanted or the portal failed to make it, not where nothing matched. */
function lacksActivity(
  { register }: FinishInput,
  { activityMissing, activityFailed }: FinishedCall,
): boolean {
  return activityFailed || (activityMissing && register.crmCreate);
}
