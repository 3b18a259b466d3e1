import { basename } from 'node:path';
import { looksLikeAudio, sniffedBytes } from './audio';
import { isLoopback, parseAddress } from './address';
import type { RecordFile, StatisticsRow } from './portal-state';
import type { Portal } from './portal';
import { storeRecord } from './records';
import { localised, telephonyError } from './rest-error';

const pullTimeoutMs = 60_000;

/** Fetches a recording during the request, as RECORD_URL asks; only from this machine. @throws RestError */
export async function pullRecord(
  portal: Portal,
  row: StatisticsRow,
  address: string,
  fileName: string,
): Promise<RecordFile> {
  const url = parseAddress(address);
  const name = fileName !== '' ? fileName : basename(decodeURIComponent(url?.pathname ?? ''));
  if (name === '') throw telephonyError('File name is empty');
  const content = await fetchContent(url);
  if (!/\.(mp3|flac|wav)$/.test(name) || !looksLikeAudio(content.subarray(0, sniffedBytes))) {
    throw telephonyError(localised.notAudio);
  }
  const path = await portal.files.write(content);
  try {
    return storeRecord(portal, row, { name, path, bytes: content.length, mode: 'pull' });
  } catch (error) {
    await portal.files.drop(path);
    throw error;
  }
}

/** Fetches the RECORD_URL of finish: its failure is invisible to the caller. */
export function pullQuietly(portal: Portal, row: StatisticsRow, address: string): void {
  void pullRecord(portal, row, address, '').catch(() => undefined);
}

async function fetchContent(url: URL | null): Promise<Buffer> {
  if (url === null || !url.protocol.startsWith('http') || !isLoopback(url.hostname)) {
    throw telephonyError('Server returns HTTP error code 0');
  }
  const answer = await fetch(url, { signal: AbortSignal.timeout(pullTimeoutMs) }).catch((error: unknown) => {
    throw Object.assign(telephonyError('Server returns HTTP error code 0'), { cause: error });
  });
  const content = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw telephonyError(`Server returns HTTP error code ${answer.status}`);
  return content;
}
