import { timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { AdminKey, Store } from '../../store';
import type { ApiDependencies } from '../dependencies';

const cookieName = 'codec_session';
const sessionMs = 60 * 60 * 1000;

type Deps = Pick<ApiDependencies, 'store' | 'clock' | 'settings'>;

/** Only a key that may do everything decodes: a payload does not say to which connection it belongs. */
export function mayDecode(key: AdminKey): boolean {
  return key.role === 'admin' && key.connections === null;
}

/**
 * Opens a session of an hour. The cookie names the key and the end, signed under the installation's secret, so that every
 * API process knows it; a removed key ends its sessions.
 */
export function openSession(ctx: Context, deps: Deps, key: AdminKey): void {
  const content = `${key.id}.${deps.clock().getTime() + sessionMs}`;
  setCookie(ctx, deps, `${content}.${sign(deps.store, content)}`, sessionMs / 1000);
}

/** Takes the cookie away. */
export function closeSession(ctx: Context, deps: Deps): void {
  setCookie(ctx, deps, '', 0);
}

/** The key of the session, if the cookie is ours, is not over, and the key may still decode. */
export async function sessionKey(ctx: Context, { store, clock }: Deps): Promise<AdminKey | null> {
  const parts = (ctx.cookies.get(cookieName) ?? '').split('.');
  const [id, until, signature] = parts;
  if (parts.length !== 3 || !isSame(signature!, sign(store, `${id}.${until}`))) return null;
  if (!(Number(until) > clock().getTime())) return null;
  const key = (await store.adminKeys.list()).find((known) => known.id === id);
  return key !== undefined && mayDecode(key) ? key : null;
}

/**
 * `Strict` works although the UI is on another port: a site is scheme and host without the port. Over plain http (loopback)
 * `Secure` would keep the cookie away.
 */
function setCookie(ctx: Context, { settings }: Deps, value: string, maxAgeSeconds: number): void {
  const secure = settings.publicUrl.startsWith('https:') ? '; Secure' : '';
  ctx.set(
    'Set-Cookie',
    `${cookieName}=${value}; Path=/codec; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`,
  );
}

function sign(store: Pick<Store, 'sign'>, content: string): string {
  return store.sign('codec-session', content);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
