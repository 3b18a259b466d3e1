import { lenientBase64, looksLikeAudio, sniffedBytes } from './audio';
import type { Method, MethodCall } from './method';
import { phpString, phpTrue } from './php';
import type { StatisticsRow } from './portal-state';
import type { Portal } from './portal';
import { pullRecord } from './record-pull';
import { requireRecordName, requireRow, storeRecord } from './records';
import { RestError, localised, telephonyError } from './rest-error';
import { uploadAddress } from './upload';

/** telephony.externalCall.attachRecord: by address, inline, or with an upload address to come (reference section 5.3). */
export const attachRecord: Method = {
  scopes: ['telephony'],
  run: async (portal, call) => {
    const { params } = call;
    const url = phpString(params['RECORD_URL']);
    const name = phpString(params['FILENAME']);
    if (url === '' && !phpTrue(params['FILENAME'])) {
      throw telephonyError(
        'Required parameters are not set. Request should contain or URL or FILENAME parameter',
      );
    }
    const row = requireRow(portal, params['CALL_ID']);
    if (url !== '') return { result: { FILE_ID: (await pullRecord(portal, row, url, name)).id } };
    const content = params['FILE_CONTENT'];
    if (content === undefined || content === null) return { result: announceUpload(portal, call, row) };
    return { result: { FILE_ID: await storeInline(portal, row, name, phpString(content)) } };
  },
};

function announceUpload(portal: Portal, call: MethodCall, row: StatisticsRow): Record<string, string> {
  if (call.inBatch) {
    throw new RestError(400, 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage');
  }
  return { uploadUrl: uploadAddress(portal, call.caller, row.callId), fieldName: 'file' };
}

async function storeInline(portal: Portal, row: StatisticsRow, name: string, text: string): Promise<number> {
  requireRecordName(name);
  if (text === '') throw telephonyError('File content is empty.');
  const content = lenientBase64(text);
  if (content.length === 0) {
    throw telephonyError('File content is not properly encoded. Base64 encoding is expected.');
  }
  if (!looksLikeAudio(content.subarray(0, sniffedBytes))) throw telephonyError(localised.notAudio);
  const path = await portal.files.write(content);
  try {
    return storeRecord(portal, row, { name, path, bytes: content.length, mode: 'inline' }).id;
  } catch (error) {
    await portal.files.drop(path);
    throw error;
  }
}
