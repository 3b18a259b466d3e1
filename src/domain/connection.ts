import { z } from 'zod';

/** What a secret looks like in every answer; sent back unchanged it keeps the stored one. */
export const SECRET_MASK = '***';

export const connectionNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,31}$/,
    'lower-case letters, digits and hyphens, 1 to 32, not starting with a hyphen',
  );

const secret = z.string().min(1).max(4096);
const url = z.string().min(1).max(2048);
const userId = z.number().int().positive();

/** Which calls make a CRM object when nobody in the CRM has the number. */
export const crmCreateSchema = z.enum(['always', 'inbound', 'outbound', 'never']);
export type CrmCreate = z.infer<typeof crmCreateSchema>;

export const threecxAuthSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('client-credentials'),
    clientId: z.string().min(1).max(256),
    clientSecret: secret,
  }),
  z.strictObject({ kind: z.literal('user'), username: z.string().min(1).max(256), password: secret }),
  z.strictObject({ kind: z.literal('token'), token: secret }),
]);

export const threecxSchema = z.strictObject({
  baseUrl: url,
  auth: threecxAuthSchema,
  recordings: z.enum(['xapi', 'by-call-id', 'folder', 'console', 'off']).default('xapi'),
  recordingsPath: z
    .string()
    .regex(/^\/[A-Za-z0-9._~/-]{0,255}$/, 'a path on the PBX, starting with a slash')
    .default('/api/recordings'),
  caCertificate: z.string().max(65536).optional(),
  folder: z.string().min(1).max(4096).optional(),
  callControl: z.boolean().default(false),
  sbcAddress: z.string().min(1).max(255).optional(),
});

export const bitrix24AuthSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: secret }),
  z.strictObject({
    kind: z.literal('application'),
    portalUrl: url,
    clientId: z.string().min(1).max(256),
    clientSecret: secret,
    tokenUrl: url.default('https://oauth.bitrix.info/oauth/token/'),
    tokens: z
      .strictObject({
        accessToken: secret,
        refreshToken: secret,
        expiresAt: z.iso.datetime({ offset: true }),
      })
      .optional(),
    applicationToken: secret.optional(),
  }),
]);

export const bitrix24Schema = z.strictObject({
  auth: bitrix24AuthSchema,
  plan: z.enum(['standard', 'enterprise']).default('standard'),
});

export const rulesSchema = z.strictObject({
  /** When the call card opens: at the first ring, at the answer, or not at all. */
  showCard: z.enum(['ring', 'answer', 'never']).default('ring'),
  crmCreate: crmCreateSchema.default('inbound'),
  /** Bitrix24 user of calls whose extension is mapped to nobody. */
  fallbackUserId: userId,
  /** What is sent as the number of a caller who hides it. */
  anonymousNumber: z
    .string()
    .regex(/^[0-9]{1,20}$/, 'digits')
    .default('000'),
  excludedNumbers: z.array(z.string().min(1).max(64)).max(1000).default([]),
  maxCallHours: z.number().positive().max(168).default(12),
  recordingDeadlineHours: z.number().positive().max(720).default(48),
  attentionDays: z.number().positive().max(365).default(30),
  reconcileMinutes: z.number().positive().max(1440).default(10),
  /** How often extensions are taken over from the portal's users by itself; absent: only when somebody asks. */
  syncExtensionsHours: z.number().positive().max(8760).optional(),
});
export type Rules = z.infer<typeof rulesSchema>;

const keptDays = z.number().positive().max(3650);

/** For how long what may be personal is kept; what is absent follows the one before it, and `PERSONAL_DATA_DAYS` at last. */
export const retentionSchema = z.strictObject({
  /** Masked number, keyed hash and DID of a call in the ledger. */
  personalDays: keptDays.optional(),
  /** Webhooks that were not understood; as `personalDays` when absent. */
  rejectedDays: keptDays.optional(),
  /** Events that nobody took; as `personalDays` when absent. */
  inboxDays: keptDays.optional(),
  /** Histories of calls that are over, in Temporal; never longer than its namespace keeps them. As `personalDays` when absent. */
  historyDays: keptDays.optional(),
});
export type Retention = z.infer<typeof retentionSchema>;

const timeZone = z.string().max(64).refine(isTimeZone, 'an IANA time zone such as Europe/Moscow');

/** Body of `PUT /connections/{connection}`; defaults are filled in by parsing. */
export const connectionInputSchema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  timeZone: timeZone.default('Europe/Moscow'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'two capital letters, ISO 3166')
    .default('RU'),
  webhookTokens: z.array(z.string().min(1).max(512)).min(1).max(2).optional(),
  threecx: threecxSchema,
  bitrix24: bitrix24Schema,
  rules: rulesSchema,
  retention: retentionSchema.optional(),
});
export type ConnectionInput = z.infer<typeof connectionInputSchema>;

/** A connection as the server uses it: secrets in clear. Never sent anywhere; see `maskConnection` in the store. */
export interface Connection extends ConnectionInput {
  /** The name in the address, `default` for the one made from the environment. */
  id: string;
  webhookTokens: string[];
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
