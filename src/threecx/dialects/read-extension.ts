import { extensionNumberSchema } from '../../domain/mapping';

/**
 * An internal number, from `101`, ` 101` or 3CX's `Ext.101`; null for anything else. Digits of other scripts are
 * refused rather than turned into ours: no PBX sends them, so they would be somebody's attempt to look like another.
 */
export function readExtension(text: string): string | null {
  const parsed = extensionNumberSchema.safeParse(text.replace(/^ext(?:ension)?[.: ]*/i, '').trim());
  return parsed.success ? parsed.data : null;
}
