import type { PeerError } from '../domain/peer-error';
import { verdictOfCode, verdictOfStatus } from './error-codes';
import type { Verdict } from './error-codes';
import type { RawAnswer } from './http-exchange';
import { bitrix24Error } from './reasons';
import { verdictOfText } from './telephony-texts';

/** What repeating a request would do: a `read` is harmless to repeat, a `write` is not. */
export type Effect = 'read' | 'write';

/** A good answer, its `result` not yet looked at. */
export interface GoodAnswer {
  result: unknown;
  /** Offset of the next page of a list. */
  next: unknown;
  total: unknown;
  time: unknown;
}

/** Either a good answer, or the error with how far a refusal of our credentials reaches. */
export type Translation =
  | { ok: true; answer: GoodAnswer }
  | { ok: false; error: PeerError; reach: NonNullable<Verdict['reach']> | null };

const emptyOrCore = ['', 'ERROR_CORE', 'INVALID_ARGUMENT', 'ERROR_ARGUMENT'];

/**
 * The one translation of what a portal answers (`bitrix24.md` sections 1.3, 4 and 5). Texts of the portal are only
 * matched, never handed on: they may hold a phone number or echo a token.
 */
export function translateAnswer(raw: RawAnswer, method: string, effect: Effect): Translation {
  const fail = (verdict: Verdict): Translation => failure(verdict, effect, raw.status);
  if (raw.status >= 300 && raw.status < 400) return fail({ reaction: 'unclear', reason: 'portal-redirects' });
  const body = parseObject(raw.text);
  if (body === null) {
    const plain = raw.status === 429 || raw.status === 413 ? verdictOfStatus(raw.status) : undefined;
    return fail(
      plain ?? { reaction: 'unclear', reason: raw.status >= 500 ? 'portal-fault' : 'unreadable-answer' },
    );
  }
  const code = typeof body.error === 'string' ? body.error : '';
  const good = raw.status >= 200 && raw.status < 300;
  if ('error' in body && !(good && code === '' && 'result' in body)) {
    const description = typeof body.error_description === 'string' ? body.error_description : '';
    return fail(verdictOfError(code, description, method, raw.status));
  }
  if (!('result' in body) || !good)
    return fail({ reaction: 'unclear', reason: raw.status >= 500 ? 'portal-fault' : 'unexpected-answer' });
  return {
    ok: true,
    answer: { result: body.result, next: body.next, total: body.total, time: body.time },
  };
}

/** A good answer whose `result` is not of the shape that the method should give. */
export function unexpectedAnswer(effect: Effect): PeerError {
  return bitrix24Error(effect === 'write' ? 'ambiguous' : 'not-yet', 'unexpected-answer');
}

function verdictOfError(code: string, description: string, method: string, status: number): Verdict {
  const byText = emptyOrCore.includes(code.toUpperCase()) ? verdictOfText(description) : undefined;
  return (
    byText ??
    verdictOfCode(code, description, method) ??
    // A code that is not known says nothing under 200, and under 400 it may be a localised text.
    verdictOfStatus(status) ?? {
      reaction: 'unclear',
      reason: status >= 500 ? 'portal-fault' : 'unknown-refusal',
    }
  );
}

function failure(verdict: Verdict, effect: Effect, status: number): Translation {
  const { reason, reach, retryAfterMs } = verdict;
  const unclear = effect === 'write' ? 'ambiguous' : 'not-yet';
  const reaction = verdict.reaction === 'unclear' ? unclear : verdict.reaction;
  return {
    ok: false,
    error: bitrix24Error(reaction, reason, { status, retryAfterMs }),
    reach: reach ?? null,
  };
}

function parseObject(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
