import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Db } from 'mongodb';
import type { DataKeys } from '../../src/store';
import { sealedPlaces } from '../../src/store/sealed-places';
import { EncryptingPayloadCodec } from '../../src/worker/payload-codec';
import { bytesAsText } from './bytes-as-text';

/** A named text to be searched. */
export interface Searched {
  where: string;
  text: string;
}

/** Every collection of a database as it is stored, one text each. */
export async function collectionsOf(db: Db): Promise<Searched[]> {
  const collections = await db.collections();
  return Promise.all(
    collections.map(async (collection) => ({
      where: collection.collectionName,
      text: JSON.stringify(await collection.find().toArray()),
    })),
  );
}

/** What is sealed in a database, opened with its keys. */
export async function sealedIn(db: Db, keys: DataKeys): Promise<Searched[]> {
  const opened = sealedPlaces.map(async (place) => {
    const documents = await db.collection(place.collection).find().toArray();
    const values = documents.flatMap((document) => place.fieldsOf(document));
    const texts = values.map(({ value, context }) => keys.open(value, context).toString());
    return { where: `sealed in ${place.collection}`, text: texts.join('\n') };
  });
  return Promise.all(opened);
}

/** Every history that a namespace still keeps, as it is stored and decrypted, ids and attributes included. */
export async function historiesAt(address: string, query: string, keys: DataKeys): Promise<Searched[]> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const codec = new EncryptingPayloadCodec(keys);
  const found: Searched[] = [];
  for await (const { workflowId, runId, searchAttributes, memo } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const clear = await codec.decode(payloadsIn(history));
    const parts = [{ workflowId, searchAttributes, memo }, bytesAsText(history), bytesAsText(clear)];
    found.push({ where: `history of ${workflowId}`, text: JSON.stringify(parts) });
  }
  await connection.close();
  return found;
}

/** All files below a folder, byte by byte. */
export async function filesBelow(folder: string): Promise<Searched[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => ({
      where: path.relative(folder, file),
      // Gone between the listing and the reading: then it holds nothing either.
      text: await readFile(file, 'latin1').catch(() => ''),
    })),
  );
}

/** Where any of the words stands, `place: word`. */
export function findWords(searched: readonly Searched[], words: Readonly<Record<string, string>>): string[] {
  return searched.flatMap(({ where, text }) =>
    Object.entries(words)
      .filter(([, word]) => text.includes(word))
      .map(([name]) => `${where}: ${name}`),
  );
}

/** A Russian number in the spellings in which a PBX, a person or a page writes it. */
export function spellings(digits: string): Record<string, string> {
  const [, area, a, b, c] = /^7(\d{3})(\d{3})(\d\d)(\d\d)$/.exec(digits)!;
  return {
    'the national number': digits.slice(1),
    'the number with spaces': `${area} ${a}-${b}-${c}`,
    'the number with hyphens': `${area}-${a}-${b}-${c}`,
    'the number with brackets': `(${area}) ${a}`,
    'the number in base64': Buffer.from(digits).toString('base64').slice(0, 12),
  };
}

/** Every payload in a history, wherever it stands. */
export function payloadsIn(value: unknown): { metadata: Record<string, Uint8Array>; data: Uint8Array }[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.encoding !== undefined && data !== undefined) return [{ metadata, data }];
  return Object.values(value).flatMap(payloadsIn);
}
