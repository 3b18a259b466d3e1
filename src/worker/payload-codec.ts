import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

/** What the codec needs of the data keys; see `DataKeys` of the store. */
export interface PayloadKeys {
  encrypt(plain: Buffer, aad: Buffer): { keyId: string; data: Buffer };
  decrypt(keyId: string, data: Buffer, aad: Buffer): Buffer;
}

const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';
/** Namespace and workflow that a payload belongs to, authenticated; the codec endpoint is not told them otherwise. */
const ownerField = 'encryption-owner';
/**
 * What Temporal itself puts in clear into the cancellation of a step that no worker had begun, or of which it knows nothing
 * (temporalio/temporal, workflow_task_completed_handler.go). It tells nothing, and a call must not stand still because of it.
 */
const serversOwn = ['"ACTIVITY_ID_NOT_STARTED"', '"ACTIVITY_ID_UNKNOWN"'];
const { Payload: PayloadMessage } = temporal.api.common.v1;

/** What takes the place of a payload that is not ours: no event, result or argument has this shape. */
export interface BadPayload {
  badPayload: 'not-encrypted' | 'not-readable';
}

/**
 * Encrypts every payload (AES-256-GCM, key id beside it, so that keys can rotate) and binds it to its namespace and
 * workflow. One that is plain, was tampered with, belongs to another workflow, or was written with a lost key never
 * reaches the code:
 *
 * - of a workflow (signals, arguments): a {@link BadPayload} marker goes in its place, because a codec that throws makes
 *   the workflow task repeat for ever, and a bad signal must not block its call;
 * - of an activity (input, result, failure): it throws. A step must not work with a marker; the attempt, or the workflow
 *   task, repeats until the key is back.
 */
export class EncryptingPayloadCodec implements PayloadCodec {
  constructor(private readonly keys: PayloadKeys) {}

  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    const owner = ownerOf(context);
    return payloads.map((payload) => {
      const plain = Buffer.from(PayloadMessage.encode(payload).finish());
      const { keyId, data } = this.keys.encrypt(plain, additionalData(owner));
      return {
        metadata: {
          encoding: Buffer.from(encoding),
          [keyIdField]: Buffer.from(keyId),
          ...(owner === '' ? {} : { [ownerField]: Buffer.from(owner) }),
        },
        data,
      };
    });
  }

  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((payload) => {
      const opened = this.open(payload, ownerOf(context));
      if (!('badPayload' in opened)) return opened;
      if (context?.type === 'activity' && !isServersOwn(payload))
        throw new Error(`A payload of a step is ${opened.badPayload}`);
      return marker(opened.badPayload);
    });
  }

  /** @param expected owner; empty: whoever it says it belongs to. */
  private open({ metadata, data }: Payload, expected: string): Payload | BadPayload {
    if (text(metadata?.encoding) !== encoding) return { badPayload: 'not-encrypted' };
    // Payloads of versions that bound nothing name no owner; those of this one cannot be made to look so.
    const owner = text(metadata?.[ownerField]);
    if (owner !== '' && expected !== '' && withoutRun(owner) !== withoutRun(expected))
      return { badPayload: 'not-readable' };
    try {
      const keyId = text(metadata?.[keyIdField]);
      return PayloadMessage.decode(this.keys.decrypt(keyId, Buffer.from(data ?? []), additionalData(owner)));
    } catch {
      return { badPayload: 'not-readable' };
    }
  }
}

function ownerOf(context: SerializationContext | undefined): string {
  return context?.workflowId === undefined ? '' : `${context.namespace}/${context.workflowId}`;
}

/** A schedule's arguments are encoded once, under its own id; each run adds the time to it. */
function withoutRun(owner: string): string {
  return owner.replace(/-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '');
}

function additionalData(owner: string): Buffer {
  return Buffer.from(owner === '' ? 'temporal-payload' : `temporal-payload/${owner}`);
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

function isServersOwn({ data }: Payload): boolean {
  return serversOwn.includes(text(data));
}

function marker(badPayload: BadPayload['badPayload']): Payload {
  return {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify({ badPayload } satisfies BadPayload)),
  };
}
