import { z } from 'zod';
import { extensionMappingSchema, extensionNumberSchema } from '../../../domain/mapping';
import type { ExtensionMapping } from '../../../domain/mapping';
import type { Store } from '../../../store';
import { named } from '../../openapi/named';
import { wholeNumber } from './cells';
import type { MappingKind } from './mapping-kind';

const origin = z
  .enum(['manual', 'import', 'sync'])
  .or(z.string())
  .meta({ description: 'manual, import or sync' });

/** An extension as it is shown. */
export const extensionAnswer = named(
  'Extension',
  z.strictObject({
    extension: extensionNumberSchema,
    userId: z.number().int().positive().optional(),
    kind: z.enum(['queue', 'ignore']).optional(),
    name: z.string().optional(),
    origin,
    updatedAt: z.string(),
  }),
);

/** Extensions: who sits at an internal number. */
export function extensionKind({ extensions }: Pick<Store, 'extensions'>): MappingKind<ExtensionMapping> {
  return {
    path: 'extensions',
    key: 'extension',
    keySchema: extensionNumberSchema,
    noun: 'Extension',
    valueSchema: named('ExtensionInput', extensionMappingSchema),
    answerSchema: extensionAnswer,
    repository: extensions,
    sameKey: (written) => written,
    spellings: (written) => [written],
    csv: {
      columns: ['extension', 'userId', 'name', 'kind'],
      required: ['extension', 'userId'],
      optional: ['kind'],
      fromCells: ({ userId, kind, name }) => ({
        // `person` is what a row without a kind is.
        ...(kind === undefined || kind === 'person'
          ? { userId: wholeNumber(userId) }
          : { kind, ...(userId === undefined ? {} : { userId }) }),
        ...(name === undefined ? {} : { name }),
      }),
      toCells: ({ key, value }) => ({
        extension: key,
        name: value.name ?? '',
        ...('userId' in value ? { userId: String(value.userId) } : { kind: value.kind }),
      }),
    },
  };
}
