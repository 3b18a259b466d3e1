import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { PeerError } from '../domain/peer-error';
import { idNumber } from './answer-shapes';
import type { PortalUser, RequestClass, RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';
import type { GoodAnswer } from './translate-answer';
import { bitrix24Error, isHeldBack } from './reasons';

/** 50 users a page: more employees than any portal has. */
const mostPages = 2_000;
/** Pages come one after the other at the pace of the budget; a page that has to wait longer is somebody else's turn. */
const longestPauseMs = 5_000;

const flag = z.union([
  z.boolean(),
  z.enum(['Y', '1', 'true']).transform(() => true),
  z.string().transform(() => false),
]);
const namePart = z.string().nullish();
const pageSchema = z.array(
  z.looseObject({
    ID: idNumber,
    ACTIVE: flag,
    NAME: namePart,
    LAST_NAME: namePart,
    UF_PHONE_INNER: z
      .union([z.string(), z.number().transform(String)])
      .nullish()
      .catch(null),
  }),
);

/** All active employees, all pages (`bitrix24.md` 5.8). Half a list is worse than none: a bad page throws. */
export async function allUsers(requests: PortalRequests, context: RequestContext): Promise<PortalUser[]> {
  const users: PortalUser[] = [];
  let start = 0;
  for (let page = 0; page < mostPages; page++) {
    const answer = await pageAt(requests, context, start);
    users.push(...readUsers(answer.result));
    if (answer.next === undefined || answer.next === null) return users;
    const next = Number(answer.next);
    if (!Number.isInteger(next) || next <= start) throw bitrix24Error('not-yet', 'unexpected-answer');
    start = next;
  }
  throw bitrix24Error('not-yet', 'unexpected-answer');
}

/** One user by id, active or not; null: the portal does not know him. */
export async function findUser(
  requests: PortalRequests,
  context: RequestContext,
  userId: number,
  cls: RequestClass,
): Promise<PortalUser | null> {
  const params = { FILTER: { ID: userId } };
  const answer = await requests.answer(context, { method: 'user.get', params, cls, effect: 'read' });
  return readUsers(answer.result).find((user) => user.userId === userId) ?? null;
}

/** Nobody's call waits for this, and an attempt that failed would begin at the first page again: so it may pause. */
async function pageAt(requests: PortalRequests, context: RequestContext, start: number): Promise<GoodAnswer> {
  const params = { FILTER: { ACTIVE: true, USER_TYPE: 'employee' }, SORT: 'ID', ORDER: 'ASC', start };
  for (let attempt = 0; ; attempt++) {
    try {
      return await requests.answer(context, {
        method: 'user.get',
        params,
        cls: 'background',
        effect: 'read',
      });
    } catch (error) {
      const busy = error instanceof PeerError && (error.reason === 'rate-limited' || isHeldBack(error));
      if (!busy || attempt >= 5 || (error.retryAfterMs ?? 0) > longestPauseMs) throw error;
      await pause(error.retryAfterMs ?? 500, undefined, { signal: context.signal });
    }
  }
}

function readUsers(result: unknown): PortalUser[] {
  const page = pageSchema.safeParse(result);
  if (!page.success) throw bitrix24Error('not-yet', 'unexpected-answer');
  return page.data.map((row) => {
    const extension = row.UF_PHONE_INNER?.trim() ?? '';
    return {
      userId: row.ID,
      name: [row.NAME, row.LAST_NAME].filter(Boolean).join(' '),
      active: row.ACTIVE,
      extension: extension === '' ? null : extension,
    };
  });
}
