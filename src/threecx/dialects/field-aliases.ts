/** The fields of a webhook that mean something, by their canonical names (the public contract, section 3). */
export const fieldNames = [
  'callId',
  'extension',
  'toExtension',
  'callerNumber',
  'direction',
  'did',
  'startedAt',
  'answeredAt',
  'endedAt',
  'at',
  'duration',
  'status',
  'deliveryId',
  'recordingId',
  'forwarded',
] as const;
export type FieldName = (typeof fieldNames)[number];

/**
 * Other names under which a field is accepted, in any letter case; an earlier one wins over a later one. They come
 * from Bitrix24's own field names, which people copy into 3CX, from 3CX's journal variables and from webhook add-ons.
 */
export const fieldAliases: Readonly<Record<FieldName, readonly string[]>> = {
  callId: ['call_id', 'historyId', 'chid', 'uniqueId', 'call_id_saved', 'callHistoryId'],
  extension: ['ext', 'USER_PHONE_INNER', 'agent'],
  toExtension: [],
  callerNumber: ['PHONE_NUMBER', 'caller', 'callerid', 'number'],
  direction: ['TYPE', 'callDirection'],
  did: ['LINE_NUMBER', 'inbound_did', 'line'],
  startedAt: ['CALL_START_DATE', 'startUtc', 'callStartTimeUTC'],
  answeredAt: ['answeredUtc', 'callEstablishedTimeUTC'],
  endedAt: ['endUtc', 'callEndTimeUTC'],
  at: [],
  duration: ['talkDuration', 'durationSeconds'],
  status: ['STATUS_CODE', 'finishtype', 'callType'],
  deliveryId: [],
  recordingId: ['recId', 'FILES', 'fileUrls'],
  forwarded: [],
};
