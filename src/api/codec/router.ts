import Router from '@koa/router';
import type { Context } from 'koa';
import { bearerKey, countWrongKey } from '../admin/authenticate';
import { parseWith } from '../admin/bodies';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import { decodeUtf8, readBody, readJson, requireMediaType } from '../request-body';
import { WrongTokenLimit } from '../webhooks/wrong-token-limit';
import { payloadsSchema } from './codec-schemas';
import { allowOrigin, answerPreflight, isOwnOrigin } from './cors';
import { decodePayloads } from './decode';
import { loggedInPage, loginPage, pagePolicy } from './pages';
import { closeSession, mayDecode, openSession, sessionKey } from './session';

const formLimits = { limitBytes: 8_192, timeoutMs: 5_000 };
/** A page of Temporal's UI asks for many payloads at once, and one may have 2 MB. */
const payloadLimits = { limitBytes: 16_777_216, timeoutMs: 15_000 };

/** The codec endpoint of Temporal's UI: a log-in by admin key, then payloads in clear. */
export function createCodecRouter(deps: ApiDependencies): Router {
  const limit = new WrongTokenLimit(() => deps.clock().getTime());
  const router = new Router({ prefix: '/codec' });

  router.get('/login', async (ctx) => {
    const key = await sessionKey(ctx, deps);
    showPage(ctx, 200, key === null ? loginPage() : loggedInPage());
  });

  router.post('/login', async (ctx) => {
    refuseForeignForm(ctx);
    requireMediaType(ctx, ['application/x-www-form-urlencoded']);
    const form = new URLSearchParams(decodeUtf8(await readBody(ctx, formLimits)));
    const key = await deps.store.adminKeys.verify((form.get('key') ?? '').trim());
    if (key === null) {
      countWrongKey(ctx, limit);
      return showPage(ctx, 401, loginPage('This is no admin key.'));
    }
    if (!mayDecode(key))
      return showPage(
        ctx,
        403,
        loginPage('This key may not decode: it only reads, or is for some connections only.'),
      );
    await recordLogIn(ctx, deps, key.id);
    openSession(ctx, deps, key);
    showPage(ctx, 200, loggedInPage());
  });

  router.post('/logout', (ctx) => {
    refuseForeignForm(ctx);
    closeSession(ctx, deps);
    showPage(ctx, 200, loginPage());
  });

  router.options('/decode', (ctx) => {
    allowOrigin(ctx, deps.settings.uiUrl);
    answerPreflight(ctx);
  });

  router.post('/decode', async (ctx) => {
    allowOrigin(ctx, deps.settings.uiUrl);
    await requireDecoder(ctx, deps, limit);
    const payloads = parseWith(payloadsSchema, await readJson(ctx, payloadLimits));
    ctx.body = await decodePayloads(payloads, deps.decodePayloads);
  });

  return router;
}

/** @throws {HttpProblem} 401, 403 or 429 */
async function requireDecoder(ctx: Context, deps: ApiDependencies, limit: WrongTokenLimit): Promise<void> {
  const secret = bearerKey(ctx);
  const key =
    (await sessionKey(ctx, deps)) ?? (secret === null ? null : await deps.store.adminKeys.verify(secret));
  if (key !== null && mayDecode(key)) return;
  if (key !== null) throw new HttpProblem(403, { detail: 'This key may not decode.' });
  if (secret !== null) countWrongKey(ctx, limit);
  throw new HttpProblem(401, { detail: `Log in at ${deps.settings.publicUrl}/codec/login first.` });
}

/** Whoever reads what clients' calls hold is on record. */
async function recordLogIn(ctx: Context, { store }: ApiDependencies, keyId: string): Promise<void> {
  const change = { connection: null, action: 'codec.login', target: keyId, before: null, after: null };
  await store.audit.record(change, { id: keyId, requestId: ctx.state.requestId as string | undefined });
}

/** A form of another site must not log a browser in or out. @throws {HttpProblem} 403 */
function refuseForeignForm(ctx: Context): void {
  const origin = ctx.get('origin');
  const site = ctx.get('sec-fetch-site');
  const foreign =
    (origin !== '' && !isOwnOrigin(ctx, origin)) || site === 'cross-site' || site === 'same-site';
  if (foreign) throw new HttpProblem(403, { detail: 'This form is of another site.' });
}

function showPage(ctx: Context, status: number, page: string): void {
  ctx.status = status;
  // Under the usual `no-referrer` a browser would send its own form with the origin `null`.
  ctx.set({ 'Content-Security-Policy': pagePolicy, 'Referrer-Policy': 'same-origin' });
  ctx.type = 'text/html';
  ctx.body = page;
}
