import { z } from 'zod';
import { crmCreateSchema } from './connection';

/** A 3CX internal number or feature code. */
export const extensionNumberSchema = z.string().regex(/^[0-9*#]{1,16}$/, 'digits, * and #, 1 to 16');

/**
 * An extension as it may stand in clear: internal numbers are short; what is longer could be a client's number in the wrong
 * place, so only its last two digits stay.
 */
export function clearExtension(extension: string): string {
  return extension.length > 6 ? `…${extension.slice(-2)}` : extension;
}

const displayName = z.string().max(200);

/** An extension is a person with a Bitrix24 user, a queue (IVR, ring group), or nobody's business. */
export const extensionMappingSchema = z.union([
  z.strictObject({ userId: z.number().int().positive(), name: displayName.optional() }),
  z.strictObject({ kind: z.enum(['queue', 'ignore']), name: displayName.optional() }),
]);
export type ExtensionMapping = z.infer<typeof extensionMappingSchema>;

/** A DID as an admin writes it: digits with the usual separators. */
export const didSchema = z.string().regex(/^\+?[0-9][0-9 ().-]{0,30}$/, 'a phone number');

export const lineMappingSchema = z.strictObject({
  lineNumber: z.string().trim().min(1).max(50),
  name: displayName.optional(),
  crmCreate: crmCreateSchema.optional(),
  fallbackUserId: z.number().int().positive().optional(),
});
export type LineMapping = z.infer<typeof lineMappingSchema>;
