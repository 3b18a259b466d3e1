import { z } from 'zod';
import type { Connection } from '../../domain/connection';
import { normaliseNumber } from '../../domain/phone-number';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import { within } from '../within';
import { findConnection, refuseFlood } from './authorise';
import { applicationOf, notOurPortal, readPortalForm, sameSecret } from './portal-form';
import type { WebhookHandler } from './handler';
import type { WrongTokenLimit } from './wrong-token-limit';

/** Events that an application like ours can meet; others are counted together. */
const knownEvents = [
  'ONEXTERNALCALLSTART',
  'ONEXTERNALCALLBACKSTART',
  'ONAPPINSTALL',
  'ONAPPUNINSTALL',
  'ONAPPUPDATE',
];

const clickSchema = z.object({
  bitrix24CallId: z.string().regex(/^[\x21-\x7e]{1,128}$/),
  userId: z.coerce.number().int().positive(),
});

/** The portal waits for nobody, and calls a slow handler less often (`bitrix24.md` section 7). */
const rememberMs = 2_000;

/**
 * `POST /webhooks/bitrix24/{connection}/events`: events of the application, proved by their `application_token` in constant
 * time, logged, counted and answered at once (the portal sends each event once: `bitrix24.md` section 7).
 *
 * `ONEXTERNALCALLSTART`, a click on a number, is remembered: Bitrix24 has registered that call itself, so the call of the PBX
 * goes on under its CALL_ID. Dialling is left to whoever dials for the user (3CX's client or browser extension); nothing
 * here makes the PBX call. Other events are not acted on.
 */
export function receivePortalEvent(deps: ApiDependencies & { wrongTokens: WrongTokenLimit }): WebhookHandler {
  return async (ctx) => {
    const connection = await findConnection(ctx.params.connection ?? '', deps);
    const { applicationToken } = applicationOf(connection);
    const field = await readPortalForm(ctx);
    const told = (field('event') ?? '').toUpperCase();
    const event = knownEvents.includes(told) ? told : 'other';
    const count = (outcome: string): void =>
      deps.metrics.portalEvents.inc({ connection: connection.id, event, outcome });
    if (!sameSecret(field('auth[application_token]'), applicationToken)) {
      count('refused');
      refuseFlood(ctx, deps.wrongTokens);
      throw notOurPortal();
    }
    if (event === 'ONEXTERNALCALLSTART') count(await rememberClick(deps, connection, field));
    else count('taken');
    deps.log.info({ connection: connection.id, event }, 'An event of Bitrix24 came in');
    ctx.body = { taken: true };
  };
}

/** @throws {HttpProblem} 503 when the database does not take it: the call is then registered as any other. */
async function rememberClick(
  { store, log }: Pick<ApiDependencies, 'store' | 'log'>,
  { id, country }: Connection,
  field: (name: string) => string | null,
): Promise<'taken' | 'unclear'> {
  const spellings = [field('data[PHONE_NUMBER_INTERNATIONAL]'), field('data[PHONE_NUMBER]')];
  const digits = spellings.map((written) => normaliseNumber(written ?? '', country).digits);
  const callerHashes = [...new Set(digits.map((one) => store.hashNumber(id, one)))].filter(
    (hash) => hash !== '',
  );
  const told = clickSchema.safeParse({
    bitrix24CallId: field('data[CALL_ID]'),
    userId: field('data[USER_ID]'),
  });
  if (!told.success || callerHashes.length === 0) {
    log.warn({ connection: id }, 'A click in Bitrix24 names no call, no user or no number');
    return 'unclear';
  }
  const click = { connection: id, ...told.data, callerHashes };
  try {
    await within(rememberMs, store.pendingCalls.remember(click, { timeoutMs: rememberMs }), 'The database');
  } catch (cause) {
    log.warn({ err: cause, connection: id }, 'A click in Bitrix24 was not remembered');
    throw new HttpProblem(503, { detail: 'The database does not answer.', cause });
  }
  return 'taken';
}
