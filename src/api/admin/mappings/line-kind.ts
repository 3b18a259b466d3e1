import { z } from 'zod';
import { didSchema, lineMappingSchema } from '../../../domain/mapping';
import type { LineMapping } from '../../../domain/mapping';
import { normaliseNumber, spellingsOf } from '../../../domain/phone-number';
import type { Store } from '../../../store';
import { named } from '../../openapi/named';
import { wholeNumber } from './cells';
import type { MappingKind } from './mapping-kind';

/** A line as it is shown. */
export const lineAnswer = named(
  'Line',
  lineMappingSchema.extend({ did: didSchema, origin: z.string(), updatedAt: z.string() }),
);

/** Lines: which external line of Bitrix24 stands behind a DID. A DID may be written in any way; one row is one number. */
export function lineKind({ lines }: Pick<Store, 'lines'>): MappingKind<LineMapping> {
  return {
    path: 'lines',
    key: 'did',
    keySchema: didSchema,
    noun: 'Line',
    valueSchema: named('LineInput', lineMappingSchema),
    answerSchema: lineAnswer,
    repository: lines,
    sameKey: (written, country) => normaliseNumber(written, country).digits,
    spellings: spellingsOf,
    csv: {
      columns: ['did', 'lineNumber', 'name', 'crmCreate', 'fallbackUserId'],
      required: ['did', 'lineNumber'],
      optional: [],
      fromCells: ({ fallbackUserId, ...cells }) => ({
        ...cells,
        ...(fallbackUserId === undefined ? {} : { fallbackUserId: wholeNumber(fallbackUserId) }),
      }),
      toCells: ({ key, value }) => ({
        did: key,
        lineNumber: value.lineNumber,
        name: value.name ?? '',
        crmCreate: value.crmCreate ?? '',
        fallbackUserId: value.fallbackUserId === undefined ? '' : String(value.fallbackUserId),
      }),
    },
  };
}
