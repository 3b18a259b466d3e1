import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './faults';
import { warning } from './odata-error';
import type { Pbx } from './pbx';
import { bearerOf } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import type { LoggedRequest } from './request-log';
import { emptyAnswer, htmlAnswer } from './wire';
import type { WireAnswer } from './wire';

/**
 * Lets the next fault of a stage happen. undefined: nothing happened to the answer; null: the connection is broken;
 * else: send this in its place.
 *
 * @param answer null before the request is executed.
 */
export async function applyFault(
  pbx: Pbx,
  socket: Socket,
  request: PbxRequest,
  entry: LoggedRequest,
  answer: WireAnswer | null,
): Promise<WireAnswer | null | undefined> {
  const fault = pbx.faults.take(answer === null ? 'before' : 'after', entry.endpoint, entry.address);
  if (fault === undefined) return undefined;
  entry.faults.push(fault.kind);
  switch (fault.kind) {
    case 'barrier':
      await pbx.faults.hold(fault);
      return undefined;
    case 'expire-token':
      pbx.tokens.revoke(bearerOf(request.headers) ?? undefined);
      return undefined;
    case 'hang':
      await pause(fault.ms ?? 1_000, undefined, { signal: pbx.closing }).catch(() => undefined);
      return undefined;
    case 'lose-answer':
    case 'lose-request':
    case 'reset':
      entry.outcome = answer === null ? 'lost' : 'ok, answer lost';
      pbx.changes.notify();
      if (fault.kind === 'reset') socket.resetAndDestroy();
      else socket.destroy();
      return null;
    default: {
      const spoiled = spoil(pbx, fault, answer);
      entry.status = spoiled.status;
      entry.outcome = `fault: ${fault.kind}`;
      return spoiled;
    }
  }
}

const titles: Partial<Record<Fault['kind'], [number, string]>> = {
  'html-200': [200, '3CX Phone System Management Console'],
  'html-502': [502, '502 Bad Gateway'],
  'html-503': [503, '503 Service Temporarily Unavailable'],
  'html-504': [504, '504 Gateway Time-out'],
};

/** What a fault puts in the place of the answer. */
function spoil(pbx: Pbx, fault: Fault, answer: WireAnswer | null): WireAnswer {
  const title = titles[fault.kind];
  if (title !== undefined) return htmlAnswer(...title);
  switch (fault.kind) {
    case 'unauthorized':
      return emptyAnswer(401);
    case 'forbidden':
      return emptyAnswer(403);
    case 'redirect':
      return {
        ...htmlAnswer(302, '302 Found'),
        headers: { location: fault.location ?? `${pbx.switches.foreignOrigin}/recording.wav` },
      };
    case 'refuse':
      return warning(fault.warning ?? 'REQUIRED', 'Field', fault.status ?? 400).answer;
    case 'file-not-found':
      return warning('FILE_NOT_FOUND', 'RecordingUrl').answer;
    case 'half-json':
      return halved(answer);
    case 'empty-body':
      return { ...(answer ?? emptyAnswer(200)), body: '' };
    case 'cut':
    case 'short-file':
    case 'wrong-length':
    case 'slow':
      return spoiledTransfer(fault, answer ?? emptyAnswer(200));
    default:
      return emptyAnswer(500);
  }
}

function halved(answer: WireAnswer | null): WireAnswer {
  const text = typeof answer?.body === 'string' ? answer.body : '';
  return {
    ...(answer ?? emptyAnswer(200)),
    body: text === '' ? '{"value":[' : text.slice(0, Math.ceil(text.length / 2)),
  };
}

function spoiledTransfer(fault: Fault, answer: WireAnswer): WireAnswer {
  const bytes = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.bytes;
  const some = fault.bytes ?? Math.floor(bytes / 2);
  const transfer = { ...answer.transfer };
  if (fault.kind === 'cut') transfer.cutAfterBytes = some;
  if (fault.kind === 'short-file') transfer.declaredBytes = Math.min(some, bytes);
  if (fault.kind === 'wrong-length') transfer.declaredBytes = bytes + (fault.bytes ?? 1_000);
  if (fault.kind === 'slow') transfer.bytesPerSecond = fault.bytesPerSecond ?? 10_000;
  return { ...answer, transfer };
}
