import type { Document } from 'mongodb';
import type { Connection } from '../domain/connection';
import { DataKeys } from './data-keys';
import { mapSealed } from './secrets';

/** A sealed value in a document: where it stands, and the context that is authenticated with it. */
export interface SealedField {
  /** Dotted, as in an update. */
  path: string;
  context: string;
  value: string;
}

/** A collection that holds sealed values. */
export interface SealedPlace {
  collection: string;
  /** Values to look at, sealed or absent. */
  fieldsOf(document: Document): SealedField[];
  /** Path that tells the key of all of the document's values; null: each value has its own. */
  path: string | null;
}

function oneField(collection: string, path: string): SealedPlace {
  return {
    collection,
    path,
    fieldsOf: (document) =>
      typeof document[path] === 'string'
        ? [{ path, value: document[path], context: `${collection}/${String(document._id)}` }]
        : [],
  };
}

/** Every place of the database where something is sealed; a repository that seals has a line here. */
export const sealedPlaces: readonly SealedPlace[] = [
  oneField('meta', 'sealed'),
  {
    collection: 'connections',
    path: null,
    fieldsOf: ({ _id, value }: Document): SealedField[] => {
      const fields: SealedField[] = [];
      mapSealed(value as Connection, (sealed, path) => {
        if (DataKeys.keyIdOf(sealed) !== null)
          fields.push({
            path: `value.${path}`,
            value: sealed,
            context: `connections/${String(_id)}/${path}`,
          });
        return sealed;
      });
      return fields;
    },
  },
  oneField('tokens', 'sealed'),
  oneField('inbox', 'sealedEvent'),
  oneField('rejected', 'sealed'),
  oneField('live_calls', 'sealed'),
];
