import type { Document } from 'mongodb';
import type { StoreContext } from './context';
import { durableCollection } from './context';
import { DataKeyError, DataKeys } from './data-keys';
import type { SealedField, SealedPlace } from './sealed-places';
import { sealedPlaces } from './sealed-places';
import type { SealingRepository, SealingRound, UsedKey } from './sealing-contract';

interface UsedKeyDocument {
  _id: string;
  firstUsedAt: string;
  lastUsedAt: string;
}

/** Rotates the key under which values are sealed, and knows which keys were ever used. */
export class Sealing implements SealingRepository {
  private readonly used;

  constructor(private readonly context: StoreContext) {
    this.used = durableCollection<UsedKeyDocument>(context, 'data_keys');
  }

  async noteUse(): Promise<void> {
    const now = this.context.clock().toISOString();
    await this.used.updateOne(
      { _id: this.context.keys.writerId },
      { $set: { lastUsedAt: now }, $setOnInsert: { firstUsedAt: now } },
      { upsert: true },
    );
  }

  async missingKeys(): Promise<UsedKey[]> {
    return this.usedKeys({ $nin: this.context.keys.ids });
  }

  async retiredKeys(): Promise<UsedKey[]> {
    const { ids, writerId } = this.context.keys;
    return this.usedKeys({ $in: ids.filter((id) => id !== writerId) });
  }

  private async usedKeys(ids: object): Promise<UsedKey[]> {
    const rows = await this.used.find({ _id: ids }).sort({ lastUsedAt: 1 }).toArray();
    return rows.map(({ _id, ...row }) => ({ id: _id, ...row }));
  }

  /**
   * A connection whose secrets cannot be read is of no use, and neither is any other.
   *
   * @throws {DataKeyError} that names connections and key.
   */
  async assertConnectionsReadable(): Promise<void> {
    const place = sealedPlaces.find(({ collection }) => collection === 'connections')!;
    const known = new Set(this.context.keys.ids);
    for await (const document of this.collection(place).find()) {
      const lost = place.fieldsOf(document).find(({ value }) => !known.has(DataKeys.keyIdOf(value) ?? ''));
      if (lost !== undefined)
        throw keyMissing(`the secrets of the connection ${String(document._id)} were sealed`, lost.value);
    }
  }

  async reseal(): Promise<SealingRound> {
    const round: SealingRound = { resealed: 0, unreadable: [] };
    for (const place of sealedPlaces) {
      const lost = new Map<string, number>();
      for await (const document of this.collection(place).find(this.underOtherKeys(place))) {
        const outcome = await this.resealOne(place, document);
        if (outcome === 'resealed') round.resealed += 1;
        else if (outcome !== 'left') lost.set(outcome.keyId, (lost.get(outcome.keyId) ?? 0) + 1);
      }
      for (const [keyId, documents] of lost)
        round.unreadable.push({ collection: place.collection, keyId, documents });
    }
    return round;
  }

  private collection({ collection }: SealedPlace) {
    return durableCollection<Document>(this.context, collection);
  }

  /** What the database itself can tell apart; of connections there are few. */
  private underOtherKeys({ path }: SealedPlace): object {
    if (path === null) return {};
    return { [path]: { $type: 'string', $not: new RegExp(`^v1\\.${this.context.keys.writerId}\\.`) } };
  }

  private async resealOne(
    place: SealedPlace,
    document: Document,
  ): Promise<'resealed' | 'left' | { keyId: string }> {
    const { keys } = this.context;
    const older = place
      .fieldsOf(document)
      .filter(({ value }) => DataKeys.keyIdOf(value) !== keys.writerId && DataKeys.keyIdOf(value) !== null);
    if (older.length === 0) return 'left';
    const lost = older.map(({ value }) => DataKeys.keyIdOf(value)!).find((id) => !keys.ids.includes(id));
    if (lost !== undefined) return { keyId: lost };
    const fresh = (field: SealedField): string =>
      keys.seal(keys.open(field.value, field.context), field.context);
    const asRead = Object.fromEntries(older.map(({ path, value }) => [path, { $eq: value }]));
    const changed = Object.fromEntries(older.map((field) => [field.path, fresh(field)]));
    const { modifiedCount } = await this.collection(place).updateOne(
      { _id: document._id as never, ...asRead },
      { $set: changed },
    );
    return modifiedCount === 1 ? 'resealed' : 'left';
  }
}

/** The start is refused: somebody took a key away that is still needed. */
export function keyMissing(what: string, sealed: string): DataKeyError {
  const message =
    `DATA_KEY does not fit this database: ${what} under the data key ${DataKeys.keyIdOf(sealed) ?? 'unknown'}, which is ` +
    'not set. Put that key behind the new one (comma-separated) and start again.';
  return Object.assign(new DataKeyError(message), { expected: true });
}
