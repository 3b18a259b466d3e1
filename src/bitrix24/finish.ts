import { z } from 'zod';
import { optionalId } from './answer-shapes';
import type { FinishedCall, FinishParameters, RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';
import { unexpectedAnswer } from './translate-answer';

/** What the portal says when nothing in the CRM belongs to the number: no failure. */
const nothingMatched = 'Could not find associated crm entity';

/** `ERRORS` is an object, an empty array, or absent; `CALL_START_DATE` is a useless `{}` and not read. */
const answerSchema = z.looseObject({
  ID: optionalId.optional(),
  CALL_ID: z.string().optional(),
  CRM_ACTIVITY_ID: optionalId.optional(),
  ERRORS: z.looseObject({ ACTIVITY_CREATION: z.string().optional() }).catch({}).optional(),
});

/** `telephony.externalCall.finish` (`bitrix24.md` 5.2). */
export async function finish(
  requests: PortalRequests,
  context: RequestContext,
  parameters: FinishParameters,
): Promise<FinishedCall> {
  const call = {
    method: 'telephony.externalCall.finish',
    params: {
      CALL_ID: parameters.bitrix24CallId,
      USER_ID: parameters.userId,
      DURATION: parameters.durationSeconds,
      STATUS_CODE: parameters.statusCode,
      // The documentation's default is 1, the code's is 0.
      ADD_TO_CHAT: parameters.addToChat ? 1 : 0,
    },
    cls: 'finish',
    effect: 'write',
  } as const;
  const answer = await requests.call(context, call, answerSchema);
  if (answer.CALL_ID !== undefined && answer.CALL_ID !== parameters.bitrix24CallId)
    throw unexpectedAnswer('write');
  const error = answer.ERRORS?.ACTIVITY_CREATION;
  const activityId = answer.CRM_ACTIVITY_ID ?? null;
  return {
    statisticsId: answer.ID ?? null,
    activityId,
    activityMissing: activityId === null,
    activityFailed: error !== undefined && error !== '' && !error.startsWith(nothingMatched),
  };
}
