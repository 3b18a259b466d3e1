import { z } from 'zod';
import type { PeerError } from '../domain/peer-error';
import { idNumber } from './answer-shapes';
import type { RecordUpload, RequestContext, UploadReservation } from './contract';
import { stalledReason } from './http-exchange';
import { multipartFile } from './multipart-file';
import type { MethodCall, PortalRequests } from './portal-requests';
import { bitrix24Error } from './reasons';

/** How long the upload may stand still; after the last byte the portal has the usual time of a request. */
const pieceMs = 30_000;
/** The slowest line for which an upload is still worth waiting, bytes a second. */
const slowestBytesPerSecond = 16_384;
/**
 * What was taken longer ago has leaked out of our bucket and would come on top of it in the portal's. Few uploads are hit:
 * files that take longer to fetch come so seldom that the budget is not what limits them.
 */
const reservationMs = 10_000;
const asksForAddress = {
  method: 'telephony.externalCall.attachRecord',
  cls: 'recording',
  effect: 'read',
  requests: 2,
} as const satisfies Partial<MethodCall>;

const linkSchema = z.looseObject({
  uploadUrl: z.string().min(1).max(8_192),
  fieldName: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .default('file'),
});
const uploadedSchema = z.looseObject({ FILE_ID: idNumber });

/** Takes what {@link attachRecord} will need out of the budget. @throws PeerError `not-yet` when it has no room. */
export async function reserveUpload(
  requests: PortalRequests,
  context: RequestContext,
): Promise<UploadReservation> {
  await requests.take(context, asksForAddress);
  return { takenAtMs: requests.clock().getTime() };
}

/** Asks for an upload address, which leaves nothing behind, then uploads the file with its length (`bitrix24.md` 5.3, mode B). */
export async function attachRecord(
  requests: PortalRequests,
  context: RequestContext,
  upload: RecordUpload,
): Promise<{ fileId: number }> {
  const { reserved } = upload;
  const fresh = reserved !== undefined && requests.clock().getTime() - reserved.takenAtMs <= reservationMs;
  const link = await requests.call(
    context,
    {
      ...asksForAddress,
      params: { CALL_ID: upload.bitrix24CallId, FILENAME: upload.fileName },
      // A file that is here goes before those that are yet to be fetched.
      budgetClass: fresh ? null : 'finish',
    },
    linkSchema,
  );
  await upload.uploading?.();
  const call = { method: 'upload', params: {}, cls: 'recording', effect: 'write' } as const;
  const stalled = new AbortController();
  const limits = { pieceMs, answerMs: requests.httpTimeoutMs };
  const file = multipartFile({ ...upload, fieldName: link.fieldName }, limits, () =>
    stalled.abort(stalledReason),
  );
  const signal =
    context.signal === undefined ? stalled.signal : AbortSignal.any([context.signal, stalled.signal]);
  try {
    const answer = await requests.postTo(
      { ...context, signal },
      call,
      ({ address }) => ({
        url: portalsOwn(link.uploadUrl, address.origin),
        contentType: file.contentType,
        contentLength: file.contentLength,
        body: file.stream,
        timeoutMs: requests.httpTimeoutMs + Math.ceil((upload.bytes / slowestBytesPerSecond) * 1_000),
      }),
      uploadedSchema,
    );
    return { fileId: answer.FILE_ID };
  } finally {
    file.close();
  }
}

/**
 * An upload address elsewhere would hand the recording, and with it our network, to whoever named it. A portal behind a proxy
 * that ends TLS may not know that it is called by https, nor by which port: then it is its own address that is meant.
 */
function portalsOwn(text: string, origin: string): URL {
  const portal = new URL(origin);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '') throw foreign();
  if (url.origin === origin) return url;
  const ports = ['', portal.port === '' ? '443' : portal.port];
  const unaware = portal.protocol === 'https:' && url.protocol === 'http:' && ports.includes(url.port);
  if (!unaware || url.hostname !== portal.hostname) throw foreign();
  return new URL(`${origin}${url.pathname}${url.search}`);
}

function foreign(): PeerError {
  return bitrix24Error('refused', 'foreign-upload-address');
}
