import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './faults';
import type { Params } from './php';
import type { Portal } from './portal';
import type { LoggedRequest } from './request-log';
import { htmlAnswer, jsonAnswer } from './rest-answer';
import type { WireAnswer } from './rest-answer';

const oversizedBytes = 32 * 1024 * 1024;

/**
 * Lets the next fault of the stage before the method happen. undefined: go on; null: nothing more is to be sent;
 * else: send this and leave the method alone.
 */
export async function applyBefore(
  portal: Portal,
  socket: Socket,
  method: string,
  params: Params,
  entry: LoggedRequest,
): Promise<WireAnswer | null | undefined> {
  const fault = portal.faults.take('before', method, params);
  if (fault === undefined) return undefined;
  entry.faults.push(fault.kind);
  switch (fault.kind) {
    case 'barrier':
      await portal.faults.hold(fault);
      return undefined;
    case 'expire-token':
      portal.access.expireAccessTokens();
      return undefined;
    case 'hang':
      return (await hang(portal, fault)) ? undefined : finish(entry, gatewayTimeout());
    default:
      return strike(portal, socket, fault, entry, '');
  }
}

/** Lets the next fault of the stage after a successful method happen, and gives what is to be sent. */
export async function applyAfter(
  portal: Portal,
  socket: Socket,
  method: string,
  params: Params,
  entry: LoggedRequest,
  answer: WireAnswer,
): Promise<WireAnswer | null> {
  const fault = portal.faults.take('after', method, params);
  if (fault === undefined) return answer;
  entry.faults.push(fault.kind);
  switch (fault.kind) {
    case 'barrier':
      await portal.faults.hold(fault);
      return answer;
    case 'expire-token':
      portal.access.expireAccessTokens();
      return answer;
    case 'hang':
      return (await hang(portal, fault)) ? answer : finish(entry, gatewayTimeout());
    default:
      return strike(portal, socket, fault, entry, answer.body);
  }
}

/** Waits; false when the gateway would have given up by then. */
async function hang(portal: Portal, fault: Fault): Promise<boolean> {
  const ms = fault.ms ?? portal.switches.cutAfterMs;
  await pause(Math.min(ms, portal.switches.cutAfterMs), undefined, { signal: portal.closing }).catch(
    () => undefined,
  );
  return ms < portal.switches.cutAfterMs;
}

function gatewayTimeout(): WireAnswer {
  return htmlAnswer(504, '504 Gateway Time-out');
}

function strike(
  portal: Portal,
  socket: Socket,
  fault: Fault,
  entry: LoggedRequest,
  body: string,
): WireAnswer | null {
  const answer = spoiled(fault, body);
  if (answer !== null) return finish(entry, answer);
  entry.outcome = entry.executed ? 'ok, answer lost' : 'lost';
  portal.changes.notify();
  if (fault.kind === 'reset') socket.resetAndDestroy();
  else socket.destroy();
  return null;
}

function finish(entry: LoggedRequest, answer: WireAnswer): WireAnswer {
  entry.status = answer.status;
  if (!entry.executed) entry.outcome = `fault: ${answer.status}`;
  return answer;
}

/** What a fault puts in the place of the answer; null: the connection breaks. */
function spoiled(fault: Fault, body: string): WireAnswer | null {
  const json = (status: number, error: string, text: string): WireAnswer =>
    jsonAnswer(status, { error, error_description: text });
  switch (fault.kind) {
    case 'error-500':
      return json(500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
    case 'html-502':
      return htmlAnswer(502, '502 Bad Gateway');
    case 'html-200':
      return htmlAnswer(200, 'Maintenance');
    case 'half-json': {
      const whole = jsonAnswer(200, {});
      return { ...whole, body: body === '' ? '{"result":{"CALL' : body.slice(0, Math.ceil(body.length / 2)) };
    }
    case 'empty-body':
      return { ...jsonAnswer(200, {}), body: '' };
    case 'rate-limited':
      return json(503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests');
    case 'operating-limited':
      return json(429, 'OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.');
    case 'overloaded':
      return json(503, 'OVERLOAD_LIMIT', 'REST API is blocked due to overload.');
    case 'redirect':
      return { ...htmlAnswer(302, '302 Found'), headers: { location: fault.location ?? '/elsewhere' } };
    case 'oversized':
      return jsonAnswer(200, { result: 'x'.repeat(fault.bytes ?? oversizedBytes) });
    case 'refuse':
      return json(fault.status ?? 400, fault.code ?? '', fault.text ?? '');
    default:
      return null;
  }
}
