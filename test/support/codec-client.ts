import { payloadsIn } from './everything-stored';

/** A payload of a history, in the form of Temporal's codec protocol. */
export interface EncodedPayload {
  metadata: Record<string, string>;
  data: string;
  /** The data key under which it was written. */
  keyId: string;
}

/** What the codec endpoint answered. */
export interface DecodedPayloads {
  status: number;
  texts: string[];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Every encrypted payload in a history, wherever it stands. */
export function encodedPayloadsIn(value: unknown): EncodedPayload[] {
  return payloadsIn(value).flatMap(({ metadata, data }) => {
    const keyId = Buffer.from(metadata['encryption-key-id'] ?? []).toString();
    // Search attributes are in clear.
    if (keyId === '') return [];
    const fields = Object.entries(metadata).map(([name, bytes]) => [name, base64(bytes)] as const);
    return { metadata: Object.fromEntries(fields), data: base64(data), keyId };
  });
}

/** Asks the codec endpoint as Temporal's command line does, with an admin key. */
export async function decodeAt(
  apiUrl: string,
  adminKey: string,
  payloads: readonly EncodedPayload[],
): Promise<DecodedPayloads> {
  const answer = await fetch(`${apiUrl}/codec/decode`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ payloads: payloads.map(({ metadata, data }) => ({ metadata, data })) }),
  });
  const body = (await answer.json()) as { payloads?: { data: string }[] };
  const texts = (body.payloads ?? []).map(({ data }) => Buffer.from(data, 'base64').toString());
  return { status: answer.status, texts };
}
