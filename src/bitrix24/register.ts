import { z } from 'zod';
import type { RegisterParameters } from '../domain/call-steps';
import { bitrix24CallId } from './answer-shapes';
import type { RegisteredCall, RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';

const answerSchema = z.looseObject({
  CALL_ID: bitrix24CallId,
  LEAD_CREATION_ERROR: z.unknown().optional(),
});

/** `telephony.externalCall.register` (`bitrix24.md` 5.1). */
export async function register(
  requests: PortalRequests,
  context: RequestContext,
  parameters: RegisterParameters,
): Promise<RegisteredCall> {
  const call = {
    method: 'telephony.externalCall.register',
    params: fieldsOf(parameters),
    cls: 'register',
    effect: 'write',
  } as const;
  const answer = await requests.call(context, call, answerSchema);
  return { bitrix24CallId: answer.CALL_ID, leadCreationFailed: isFilled(answer.LEAD_CREATION_ERROR) };
}

/** Flags are 0 and 1: the portal reads them by PHP's truthiness, in which `"N"` is true. */
function fieldsOf(parameters: RegisterParameters): Record<string, unknown> {
  return {
    USER_ID: parameters.userId,
    PHONE_NUMBER: parameters.phoneNumber,
    TYPE: parameters.type,
    CALL_START_DATE: wholeSeconds(parameters.callStartDate),
    CRM_CREATE: parameters.crmCreate ? 1 : 0,
    SHOW: parameters.show ? 1 : 0,
    ADD_TO_CHAT: 1,
    ...(parameters.lineNumber === null || parameters.lineNumber === ''
      ? {}
      : { LINE_NUMBER: parameters.lineNumber }),
    EXTERNAL_CALL_ID: parameters.externalCallId,
  };
}

/** The documented form has no fraction (`2026-08-22T09:15:02+03:00`); cutting it off is the same in every retry. */
function wholeSeconds(at: string): string {
  return at.replace(/\.\d+(?=Z|[+-]|$)/, '');
}

function isFilled(error: unknown): boolean {
  return error !== undefined && error !== null && error !== '' && error !== false;
}
