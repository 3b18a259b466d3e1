import { z } from 'zod';
import { named } from '../openapi/named';

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'must be base64');

/** Payloads as Temporal's codec protocol writes them: bytes in base64. */
export const payloadsSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.nullish() }))
    .max(10_000),
});

/** What the login form sends. */
export const loginInput = named('CodecLogin', z.object({ key: z.string() }));
