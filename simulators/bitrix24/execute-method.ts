import type { Caller } from './access';
import type { MethodAnswer } from './method';
import { findMethod } from './methods';
import type { Params } from './php';
import type { Portal } from './portal';
import { inZone } from './portal-time';
import { RestError } from './rest-error';
import { costOf } from './switches';

/** A good answer with its time block. */
export interface TimedAnswer extends MethodAnswer {
  time: Record<string, unknown>;
}

/** One command for the portal, from a request of its own or from a batch. */
export interface Command {
  /** Lower case. */
  method: string;
  params: Params;
  caller: Caller;
  inBatch: boolean;
}

/**
 * Runs one method after the checks that come before its own: scope, existence, run time (reference section 12.4, point 1).
 *
 * @throws RestError; AnswerLost when a fault breaks the connection in the middle.
 */
export async function executeMethod(portal: Portal, command: Command): Promise<TimedAnswer> {
  const { method: name, caller } = command;
  const method = findMethod(name);
  portal.access.requireScope(caller, method?.scopes ?? []);
  if (method === undefined) throw methodNotFound();
  const loadKey = `${caller.loadKey}:${name}`;
  if (portal.operating.used(loadKey, portal.clock.now()) > portal.switches.operatingLimitSeconds)
    throw blocked();
  const startedAt = portal.clock.now();
  // finish waits on its own, between its checks and its writing.
  if (name !== 'telephony.externalcall.finish') await portal.work(name);
  try {
    const answer = await method.run(portal, command);
    portal.operating.spend(loadKey, costOf(portal.switches, name), portal.clock.now());
    return { ...answer, time: timeBlock(portal, startedAt, loadKey) };
  } catch (error) {
    portal.operating.spend(loadKey, costOf(portal.switches, name), portal.clock.now());
    throw error;
  }
}

/** 404 for a method that the portal does not have. */
export function methodNotFound(): RestError {
  return new RestError(404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!');
}

/** 429 for a method whose run time is used up. */
export function blocked(): RestError {
  return new RestError(429, 'OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.');
}

/** The `time` block of a good answer; `operating` only for methods that are counted. */
export function timeBlock(portal: Portal, startedAt: number, loadKey?: string): Record<string, unknown> {
  const now = portal.clock.now();
  const seconds = (now - startedAt) / 1000;
  return {
    start: startedAt / 1000,
    finish: now / 1000,
    duration: seconds,
    processing: seconds,
    date_start: inZone(startedAt, portal.timeZone),
    date_finish: inZone(now, portal.timeZone),
    ...(loadKey !== undefined && {
      operating_reset_at: portal.operating.resetAt(loadKey, now),
      operating: portal.operating.used(loadKey, now),
    }),
  };
}
