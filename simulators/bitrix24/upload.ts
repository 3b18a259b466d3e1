import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller } from './access';
import type { Params } from './php';
import { phpString } from './php';
import type { FilePart } from './request-body';
import type { Portal } from './portal';
import { requireRecordName, requireRow, storeRecord } from './records';
import { accessDenied, telephonyError } from './rest-error';

/** Name of the file part that the second step wants. */
const fieldName = 'file';
const linkLifeMs = 3_600_000;
const signingKey = randomBytes(32);

/** The address of the second step: the caller's own way in, and a signed token that names the call. */
export function uploadAddress(portal: Portal, caller: Caller, callId: string): string {
  const payload = Buffer.from(
    JSON.stringify({
      callId,
      by: caller.loadKey,
      until: portal.clock.now() + linkLifeMs,
      salt: randomBytes(8).toString('hex'),
    }),
  ).toString('base64');
  const url = new URL(caller.uploadPath, portal.switches.uploadOrigin ?? portal.origin);
  for (const [name, value] of Object.entries(caller.uploadQuery)) url.searchParams.set(name, value);
  url.searchParams.set('token', `telephony|${payload}|${sign(payload)}`);
  return url.href;
}

/**
 * Takes the file of the second step. The name is that of the part; the content is not looked at, the previous file stays.
 *
 * @throws RestError for a bad link, a missing part, a wrong extension, a name clash
 */
export async function receiveUpload(
  portal: Portal,
  caller: Caller,
  params: Params,
  parts: FilePart[],
): Promise<number> {
  const callId = verify(portal, caller, phpString(params['token']));
  const part = parts.find((one) => one.field === fieldName);
  if (part === undefined) throw telephonyError(`Error: required parameter ${fieldName} is not found`);
  requireRecordName(part.name);
  const row = requireRow(portal, callId);
  const path = await portal.files.keep(part.path);
  try {
    return storeRecord(portal, row, { name: part.name, path, bytes: part.bytes, mode: 'upload' }).id;
  } catch (error) {
    await portal.files.drop(path);
    throw error;
  }
}

function verify(portal: Portal, caller: Caller, token: string): string {
  const [scope, payload = '', signature = ''] = token.split('|');
  const expected = Buffer.from(sign(payload));
  const given = Buffer.from(signature);
  const genuine = given.length === expected.length && timingSafeEqual(given, expected);
  if (scope !== 'telephony' || !genuine) throw accessDenied('Link check failed');
  const link = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as {
    callId: string;
    by: string;
    until: number;
  };
  if (link.by !== caller.loadKey || link.until <= portal.clock.now()) throw accessDenied('Link check failed');
  return link.callId;
}

function sign(payload: string): string {
  return createHmac('sha256', signingKey).update(payload).digest('hex');
}
