import type { IncomingMessage, ServerResponse } from 'node:http';
import { findEndpoint } from './endpoints';
import { applyFault } from './fault-effects';
import type { Pbx } from './pbx';
import { readBody, Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import type { LoggedRequest } from './request-log';
import { emptyAnswer, send } from './wire';
import type { WireAnswer } from './wire';

/** Answers one request to the PBX: block list, faults, the endpoint itself, faults again. A refused request has no effect. */
export async function handlePbx(
  pbx: Pbx,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const remoteAddress = request.socket.remoteAddress ?? '';
  if (pbx.blocklist.has(remoteAddress)) return refuseBlocked(pbx, request, response);
  const body = await readBody(request);
  if (body === null) return void request.socket.destroy();
  const path = decodePath(url.pathname);
  if (path === null) return send(response, emptyAnswer(400), pbx.closing);
  const { method = '', headers } = request;
  const seen: PbxRequest = { method, path, query: url.searchParams, headers, body, remoteAddress };
  const endpoint = findEndpoint(pbx, seen);
  const entry = pbx.log.open(endpoint.name, method, url, pbx.clock.now());
  pbx.changes.notify();
  const answer = await answerWithFaults(pbx, request, seen, endpoint, entry);
  pbx.changes.notify();
  if (answer === null) return;
  // A client may learn from it how far the PBX's clock is from its own.
  response.setHeader('date', new Date(pbx.clock.now()).toUTCString());
  await send(response, answer, pbx.closing);
}

async function answerWithFaults(
  pbx: Pbx,
  request: IncomingMessage,
  seen: PbxRequest,
  endpoint: ReturnType<typeof findEndpoint>,
  entry: LoggedRequest,
): Promise<WireAnswer | null> {
  const early = await applyFault(pbx, request.socket, seen, entry, null);
  if (early !== undefined) return early;
  let answer: WireAnswer;
  try {
    answer = await endpoint.answer((token) => (entry.caller = token.owner.id));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    entry.status = error.answer.status;
    entry.outcome = `error: ${error.message}`;
    return error.answer;
  }
  entry.status = answer.status;
  entry.outcome = 'ok';
  const late = await applyFault(pbx, request.socket, seen, entry, answer);
  return late === undefined ? answer : late;
}

async function refuseBlocked(pbx: Pbx, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  if (pbx.switches.blockedAnswer === 'forbidden') return send(response, emptyAnswer(403), pbx.closing);
  if (pbx.switches.blockedAnswer === 'drop') request.socket.destroy();
}

function decodePath(path: string): string | null {
  try {
    return decodeURIComponent(path).replace(/(?<=.)\/$/, '');
  } catch {
    return null;
  }
}
