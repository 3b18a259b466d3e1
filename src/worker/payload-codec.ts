import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

/** What the codec needs of the data keys; see `DataKeys` of the store. */
export interface PayloadKeys {
  encrypt(plain: Buffer, aad: Buffer): { keyId: string; data: Buffer };
  decrypt(keyId: string, data: Buffer, aad: Buffer): Buffer;
}

const encoding = 'binary/encrypted';
const additionalData = Buffer.from('temporal-payload');
const { Payload: PayloadMessage } = temporal.api.common.v1;

/** What takes the place of a payload that is not ours: no event, result or argument has this shape. */
export interface BadPayload {
  badPayload: 'not-encrypted' | 'not-readable';
}

/**
 * Encrypts every payload (AES-256-GCM, key id beside it, so that keys can rotate). A payload that is plain, was
 * tampered with, or was written with a lost key never reaches the code and never blocks a workflow: a codec that
 * throws makes the workflow task repeat for ever, so a {@link BadPayload} marker goes in its place.
 */
export class EncryptingPayloadCodec implements PayloadCodec {
  constructor(private readonly keys: PayloadKeys) {}

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const plain = Buffer.from(PayloadMessage.encode(payload).finish());
      const { keyId, data } = this.keys.encrypt(plain, additionalData);
      return { metadata: { encoding: Buffer.from(encoding), 'encryption-key-id': Buffer.from(keyId) }, data };
    });
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.decodeOne(payload));
  }

  private decodeOne(payload: Payload): Payload {
    const { metadata, data } = payload;
    if (text(metadata?.encoding) !== encoding) return marker('not-encrypted');
    try {
      const plain = this.keys.decrypt(
        text(metadata?.['encryption-key-id']),
        Buffer.from(data ?? []),
        additionalData,
      );
      return PayloadMessage.decode(plain);
    } catch {
      return marker('not-readable');
    }
  }
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

function marker(badPayload: BadPayload['badPayload']): Payload {
  return {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify({ badPayload } satisfies BadPayload)),
  };
}
