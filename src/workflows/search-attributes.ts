import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { CallEvent } from '../domain/call-event';

/** What operators can filter calls by in Temporal's UI. Stored in clear, so none of them may hold a phone number. */
export const callSearchAttributes = {
  connection: defineSearchAttributeKey('Connection', SearchAttributeType.KEYWORD),
  extension: defineSearchAttributeKey('Extension', SearchAttributeType.KEYWORD),
  direction: defineSearchAttributeKey('CallDirection', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('CallState', SearchAttributeType.KEYWORD),
  recording: defineSearchAttributeKey('RecordingState', SearchAttributeType.KEYWORD),
  bitrix24CallId: defineSearchAttributeKey('Bitrix24CallId', SearchAttributeType.KEYWORD),
} as const;

/** What a namespace must have; each of type Keyword. */
export const searchAttributeNames = Object.values(callSearchAttributes).map((key) => key.name);

/** Whether a told extension may stand in clear: internal numbers are short, anything longer could be a client's. */
export function isInternalNumber(extension: string | undefined | null): extension is string {
  return extension != null && /^[0-9*#]{1,6}$/.test(extension);
}

/** What a start carries: constants and first guesses, which the workflow corrects. Free there, while each later change is an Action. */
export function startAttributes(connection: string, event: CallEvent): TypedSearchAttributes {
  const { extension } = event;
  return new TypedSearchAttributes([
    { key: callSearchAttributes.connection, value: connection },
    { key: callSearchAttributes.direction, value: event.direction ?? 'inbound' },
    { key: callSearchAttributes.state, value: 'open' },
    { key: callSearchAttributes.recording, value: 'none' },
    ...(isInternalNumber(extension) ? [{ key: callSearchAttributes.extension, value: extension }] : []),
  ]);
}
