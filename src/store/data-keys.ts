import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;
/** Drawn at once: each draw costs more than the encryption of a small payload. */
const ivsPerDraw = 256;

/** Says which rule a `DATA_KEY` breaks, or that a value was sealed with a key that is not there. */
export class DataKeyError extends Error {
  override readonly name = 'DataKeyError';
}

/**
 * AES-256-GCM under one or more 32-byte keys. The first key writes, all of them read, so a key is rotated by putting a
 * new one in front. The key id is the first 8 hex digits of the key's SHA-256.
 */
export class DataKeys {
  private readonly byId: Map<string, Buffer>;
  private readonly writer: string;
  private unused = Buffer.alloc(0);

  constructor(keys: Buffer[]) {
    const first = keys[0];
    if (first === undefined) throw new DataKeyError('at least one data key is needed');
    this.byId = new Map(keys.map((key) => [keyIdOf(key), key]));
    this.writer = keyIdOf(first);
  }

  /** Id of the key that writes. */
  get writerId(): string {
    return this.writer;
  }

  /** Ids of all keys, the writing one first. */
  get ids(): string[] {
    return [...this.byId.keys()];
  }

  /** Binary form, for payloads: IV, ciphertext, tag. */
  encrypt(plain: Buffer, aad: Buffer): { keyId: string; data: Buffer } {
    const iv = this.nextIv();
    const cipher = createCipheriv('aes-256-gcm', this.byId.get(this.writer)!, iv);
    cipher.setAAD(aad);
    return {
      keyId: this.writer,
      data: Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    };
  }

  /** Random bytes that no other encryption gets. */
  private nextIv(): Buffer {
    if (this.unused.length === 0) this.unused = randomBytes(ivBytes * ivsPerDraw);
    const iv = this.unused.subarray(0, ivBytes);
    this.unused = this.unused.subarray(ivBytes);
    return iv;
  }

  /** @throws {DataKeyError} for an unknown key, a changed byte or another context. */
  decrypt(keyId: string, data: Buffer, aad: Buffer): Buffer {
    const key = this.byId.get(keyId);
    if (key === undefined) throw new DataKeyError('sealed with a data key that is not set');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, ivBytes));
      decipher.setAAD(aad);
      decipher.setAuthTag(data.subarray(data.length - tagBytes));
      return Buffer.concat([
        decipher.update(data.subarray(ivBytes, data.length - tagBytes)),
        decipher.final(),
      ]);
    } catch (cause) {
      throw new DataKeyError('the sealed value cannot be opened', { cause });
    }
  }

  /** Text form, for documents: `v1.<key id>.<base64url>`. The context (where the value stands) is authenticated. */
  seal(plain: Buffer | string, context: string): string {
    const { keyId, data } = this.encrypt(Buffer.from(plain), Buffer.from(context));
    return `v1.${keyId}.${data.toString('base64url')}`;
  }

  /** Id of the key that a value was sealed with, whether it is set or not; null for what is no sealed value. */
  static keyIdOf(sealed: unknown): string | null {
    return typeof sealed === 'string' ? (/^v1\.([0-9a-f]{8})\./.exec(sealed)?.[1] ?? null) : null;
  }

  /** Null for what was sealed under a key that is not set, or was tampered with. */
  tryOpen(sealed: string, context: string): Buffer | null {
    try {
      return this.open(sealed, context);
    } catch (error) {
      if (error instanceof DataKeyError) return null;
      throw error;
    }
  }

  /** @throws {DataKeyError} */
  open(sealed: string, context: string): Buffer {
    const [version, keyId, data] = sealed.split('.');
    if (version !== 'v1' || keyId === undefined || data === undefined)
      throw new DataKeyError('not a sealed value');
    return this.decrypt(keyId, Buffer.from(data, 'base64url'), Buffer.from(context));
  }
}

/**
 * Reads `DATA_KEY`: 32 bytes in base64, several keys comma-separated, the first one writes.
 *
 * @throws {DataKeyError} with the rule.
 */
export function parseDataKeys(text: string): DataKeys {
  const keys = text.split(',').map((part) => Buffer.from(part.trim(), 'base64'));
  if (keys.some((key) => key.length !== 32)) throw new DataKeyError('DATA_KEY must be 32 bytes in base64');
  return new DataKeys(keys);
}

function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
