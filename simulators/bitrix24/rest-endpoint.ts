import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from './access';
import { runBatch } from './batch';
import { blocked, executeMethod, methodNotFound, timeBlock } from './execute-method';
import { applyAfter, applyBefore } from './fault-effects';
import { phpString } from './php';
import type { Portal } from './portal';
import { BodyCut, BodyTooLarge, dropFiles, readInput } from './request-body';
import type { RequestInput } from './request-body';
import type { LoggedRequest } from './request-log';
import { errorAnswer, htmlAnswer, jsonAnswer, send } from './rest-answer';
import type { WireAnswer } from './rest-answer';
import { AnswerLost, RestError } from './rest-error';
import { readRestRoute } from './rest-route';
import type { RestRoute } from './rest-route';
import { costOf } from './switches';
import { receiveUpload } from './upload';

/**
 * Answers one request under `/rest`, in the order of the real portal: rate bucket, authorisation, scope, existence of the
 * method, run time, the method's own checks. A refused request has no effect.
 */
export async function handleRest(
  portal: Portal,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'POST') {
    request.resume();
    return send(response, htmlAnswer(405, '405 Not Allowed'));
  }
  const route = readRestRoute(url.pathname) ?? { webhook: null, method: '' };
  let input: RequestInput;
  try {
    input = await readInput(request, url.search, portal.files);
  } catch (error) {
    if (error instanceof BodyCut) return void request.socket.destroy();
    if (error instanceof BodyTooLarge) return send(response, htmlAnswer(413, '413 Request Entity Too Large'));
    return send(response, htmlAnswer(400, '400 Bad Request'));
  }
  const entry = portal.log.open(route.method, input.params, portal.clock.now());
  portal.changes.notify();
  try {
    const answer = await answerRequest(portal, request, route, input, entry);
    if (answer !== null) send(response, answer);
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    entry.outcome = 'answer lost';
    request.socket.destroy();
  } finally {
    await dropFiles(input, portal.files);
    portal.changes.notify();
  }
}

async function answerRequest(
  portal: Portal,
  request: IncomingMessage,
  route: RestRoute,
  input: RequestInput,
  entry: LoggedRequest,
): Promise<WireAnswer | null> {
  const source = request.socket.remoteAddress ?? '';
  if (portal.switches.rateLimited && !portal.rate.take(source, portal.switches.plan, portal.clock.now())) {
    return note(entry, refusal(portal, new RestError(503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests')));
  }
  const early = await applyBefore(portal, request.socket, route.method, input.params, entry);
  if (early !== undefined) return early;
  let answer: WireAnswer;
  try {
    const body = await execute(portal, route, input, entry);
    answer = jsonAnswer(200, body);
    entry.executed = true;
    entry.outcome = 'ok';
    entry.status = 200;
    portal.changes.notify();
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return note(entry, refusal(portal, error));
  }
  return await applyAfter(portal, request.socket, route.method, input.params, entry, answer);
}

interface Refusal {
  answer: WireAnswer;
  error: RestError;
}

function refusal(portal: Portal, error: RestError): Refusal {
  return { answer: errorAnswer(portal, error), error };
}

function note(entry: LoggedRequest, { answer, error }: Refusal): WireAnswer {
  entry.status = answer.status;
  entry.outcome = `error: ${error.code ?? ''} ${error.description}`;
  return answer;
}

async function execute(
  portal: Portal,
  route: RestRoute,
  input: RequestInput,
  entry: LoggedRequest,
): Promise<unknown> {
  if (portal.switches.httpsRequired) throw new RestError(400, 'INVALID_REQUEST', 'Https required.');
  // A webhook's address that lacks the user's id.
  if (route.method === '' || route.method.includes('/')) throw methodNotFound();
  const caller = identify(portal, route, input);
  entry.caller = caller.kind;
  if (route.method === 'upload') return { result: { FILE_ID: await upload(portal, caller, input) } };
  const startedAt = portal.clock.now();
  if (route.method === 'batch') {
    portal.access.requireScope(caller, []);
    return { result: await runBatch(portal, caller, input.params), time: timeBlock(portal, startedAt) };
  }
  const { result, next, total, time } = await executeMethod(portal, {
    method: route.method,
    params: input.params,
    caller,
    inBatch: false,
  });
  return { result, ...(next !== undefined && { next }), ...(total !== undefined && { total }), time };
}

function identify(portal: Portal, route: RestRoute, input: RequestInput): Caller {
  if (route.webhook !== null) return portal.access.webhook(route.webhook.userId, route.webhook.secret);
  return portal.access.application(phpString(input.params['auth']));
}

async function upload(portal: Portal, caller: Caller, input: RequestInput): Promise<number> {
  portal.access.requireScope(caller, ['telephony']);
  const loadKey = `${caller.loadKey}:upload`;
  if (portal.operating.used(loadKey, portal.clock.now()) > portal.switches.operatingLimitSeconds)
    throw blocked();
  await portal.work('upload');
  portal.operating.spend(loadKey, costOf(portal.switches, 'upload'), portal.clock.now());
  return await receiveUpload(portal, caller, input.params, input.files);
}
