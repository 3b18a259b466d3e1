import type { RecordFile, StatisticsRow } from './portal-state';
import type { Portal } from './portal';
import { inZone } from './portal-time';
import { localised, telephonyError } from './rest-error';

/** Bytes of a recording that are on disk, with the name they came under. */
export interface NewRecord {
  name: string;
  path: string;
  bytes: number;
  mode: RecordFile['mode'];
}

/** The row of a finished call. @throws RestError when it is open or unknown */
export function requireRow(portal: Portal, callId: unknown): StatisticsRow {
  const row = portal.state.statistics.findLast((one) => one.callId === callId);
  if (row === undefined) {
    throw telephonyError('Call is not found in the statistic table. Looks like it is not finished yet.');
  }
  return row;
}

/** Checks the extension, exactly and in lower case. @throws RestError */
export function requireRecordName(name: string): void {
  if (name === '') throw telephonyError('File name is empty');
  if (!/\.(wav|mp3)$/.test(name)) throw telephonyError('Wrong file extension. Only wav and mp3 are allowed');
}

/**
 * Stores a recording in the month folder of the call's start and points row and activity to it. The file that was there
 * goes away, save after a two-step upload (reference section 5.3).
 *
 * @throws RestError in the portal's language when the folder has a file of that name
 */
export function storeRecord(portal: Portal, row: StatisticsRow, record: NewRecord): RecordFile {
  const folder = inZone(row.startedAt, portal.timeZone).slice(0, 7);
  if (portal.state.files.some((file) => file.folder === folder && file.name === record.name)) {
    throw telephonyError(localised.nameClash);
  }
  const file: RecordFile = { ...record, id: portal.nextId('file'), folder, callId: row.callId };
  portal.state.files.push(file);
  const replaced = row.recordFileId;
  row.recordFileId = file.id;
  const activity = portal.state.activities.find((one) => one.id === row.activityId);
  if (activity !== undefined) activity.fileIds = [file.id];
  if (replaced !== null && record.mode !== 'upload') removeFile(portal, replaced);
  portal.changes.notify();
  return file;
}

function removeFile(portal: Portal, id: number): void {
  const file = portal.state.files.find((one) => one.id === id);
  portal.state.files = portal.state.files.filter((one) => one.id !== id);
  if (file !== undefined) void portal.files.drop(file.path);
}
