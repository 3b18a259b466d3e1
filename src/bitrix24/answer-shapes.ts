import { z } from 'zod';

/** The portal writes ids as numbers in one method and as strings in the next. */
export const idText = z.union([
  z.number().int().positive().transform(String),
  z.string().regex(/^[1-9]\d{0,18}$/),
]);

/** A user or file id. */
export const idNumber = idText.transform(Number);

/** An id that may be absent, for which PHP has many spellings. */
export const optionalId = idText.nullable().catch(null);

/** `CALL_ID`: anything that cannot be one must not be kept for later requests. */
export const bitrix24CallId = z.string().regex(/^[\w.:-]{1,128}$/);

/** `true` or `false` of show and hide. */
export const yesOrNo = z.boolean();
