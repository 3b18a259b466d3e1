import { z } from 'zod';
import { bitrix24AuthSchema } from '../../src/domain/connection';
import type { Connection } from '../../src/domain/connection';

/** A portal outside of the tests that the contract suite is pointed at. */
export interface RealPortal {
  bitrix24: { auth: Connection['bitrix24']['auth']; plan: Connection['bitrix24']['plan'] };
  /** An active employee; the test calls are written under his name. */
  userId: number;
  /** Somebody who has left; null: what becomes of his calls is not tried. */
  dismissedUserId: number | null;
  /** Digits that belong to nobody in the CRM. */
  phoneNumber: string;
  /** External line of the test calls; null: none, for a portal makes every line that it is told of. */
  lineNumber: string | null;
}

const id = z.coerce.number().int().positive();
const settingsSchema = z.object({
  TEST_PORTAL_WEBHOOK_URL: z.string().optional(),
  TEST_PORTAL_URL: z.string().optional(),
  TEST_PORTAL_CLIENT_ID: z.string().optional(),
  TEST_PORTAL_CLIENT_SECRET: z.string().optional(),
  TEST_PORTAL_ACCESS_TOKEN: z.string().optional(),
  TEST_PORTAL_REFRESH_TOKEN: z.string().optional(),
  TEST_PORTAL_TOKEN_URL: z.string().optional(),
  TEST_PORTAL_PLAN: z.enum(['standard', 'enterprise']).default('standard'),
  TEST_PORTAL_USER_ID: id,
  TEST_PORTAL_DISMISSED_USER_ID: id.optional(),
  TEST_PORTAL_NUMBER: z
    .string()
    .regex(/^\d{3,15}$/)
    .default('79000000001'),
  TEST_PORTAL_LINE: z.string().min(1).max(50).optional(),
});
type Settings = z.infer<typeof settingsSchema>;

/**
 * The portal that the environment names, by webhook (`TEST_PORTAL_WEBHOOK_URL`) or by local application
 * (`TEST_PORTAL_URL` and its client and tokens); null: none.
 *
 * @throws when only half of it is set, naming the settings and none of their values.
 */
export function realPortal(env: NodeJS.ProcessEnv = process.env): RealPortal | null {
  if (!env.TEST_PORTAL_WEBHOOK_URL && !env.TEST_PORTAL_URL) return null;
  const read = settingsSchema.safeParse(env);
  if (!read.success) throw incomplete(read.error);
  const { data } = read;
  const auth = bitrix24AuthSchema.safeParse(authOf(data));
  if (!auth.success) throw incomplete(auth.error);
  return {
    bitrix24: { auth: auth.data, plan: data.TEST_PORTAL_PLAN },
    userId: data.TEST_PORTAL_USER_ID,
    dismissedUserId: data.TEST_PORTAL_DISMISSED_USER_ID ?? null,
    phoneNumber: data.TEST_PORTAL_NUMBER,
    lineNumber: data.TEST_PORTAL_LINE ?? null,
  };
}

function authOf(data: Settings): object {
  if (data.TEST_PORTAL_WEBHOOK_URL) return { kind: 'webhook', url: data.TEST_PORTAL_WEBHOOK_URL };
  return {
    kind: 'application',
    portalUrl: data.TEST_PORTAL_URL,
    clientId: data.TEST_PORTAL_CLIENT_ID,
    clientSecret: data.TEST_PORTAL_CLIENT_SECRET,
    tokenUrl: data.TEST_PORTAL_TOKEN_URL,
    tokens: {
      accessToken: data.TEST_PORTAL_ACCESS_TOKEN,
      refreshToken: data.TEST_PORTAL_REFRESH_TOKEN,
      // Whether it is over the portal says.
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    },
  };
}

function incomplete({ issues }: z.ZodError): Error {
  const names = issues.map(({ path }) => settingOf(path.map(String)));
  return new Error(`To run against a portal, set: ${[...new Set(names)].join(', ')}`);
}

/** Field of a connection, or setting, as the setting it came from. */
function settingOf(path: string[]): string {
  const last = path.at(-1) ?? '';
  if (last.startsWith('TEST_PORTAL_')) return last;
  if (last === 'url') return 'TEST_PORTAL_WEBHOOK_URL';
  if (last === 'portalUrl') return 'TEST_PORTAL_URL';
  return `TEST_PORTAL_${last.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
