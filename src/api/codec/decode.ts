import type { Payload } from '@temporalio/common';
import type { z } from 'zod';
import type { ApiDependencies } from '../dependencies';
import type { payloadsSchema } from './codec-schemas';

type JsonPayloads = z.output<typeof payloadsSchema>;

const encrypted = 'binary/encrypted';

/**
 * Decrypts what is encrypted, in the given order. What is in clear already (search attributes, system headers) goes back as it
 * came: the UI asks about every payload on a page.
 */
export async function decodePayloads(
  { payloads }: JsonPayloads,
  decode: ApiDependencies['decodePayloads'],
): Promise<JsonPayloads> {
  const read = payloads.map(fromJson);
  const closed = read.filter(isEncrypted);
  const opened = await decode(closed);
  const clear = new Map(closed.map((payload, index) => [payload, opened[index]!]));
  return { payloads: read.map((payload) => toJson(clear.get(payload) ?? payload)) };
}

function isEncrypted({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.encoding ?? []).toString() === encrypted;
}

function fromJson({ metadata, data }: JsonPayloads['payloads'][number]): Payload {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    ...(data == null ? {} : { data: Buffer.from(data, 'base64') }),
  };
}

function toJson({ metadata, data }: Payload): JsonPayloads['payloads'][number] {
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    ...(data == null ? {} : { data: Buffer.from(data).toString('base64') }),
  };
}
