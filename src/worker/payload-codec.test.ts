import type { Payload, SerializationContext } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { newDataKey } from '../../test/support/test-store';
import { parseDataKeys } from '../store';
import { EncryptingPayloadCodec } from './payload-codec';

const [keyA, keyB] = [newDataKey(), newDataKey()];
const codecOf = (...keys: string[]): EncryptingPayloadCodec =>
  new EncryptingPayloadCodec(parseDataKeys(keys.join(',')));
const codec = codecOf(keyA);

const ofCall = (workflowId: string, namespace = 'default'): SerializationContext => ({
  type: 'workflow',
  namespace,
  workflowId,
});
const ofStep = (workflowId: string): SerializationContext => ({
  type: 'activity',
  namespace: 'default',
  workflowId,
  isLocal: false,
});
const call = ofCall('call/office/1');

const plain = (value: unknown): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(value)),
});
const valueOf = (payload: Payload): unknown => JSON.parse(Buffer.from(payload.data!).toString()) as unknown;
async function seal(value: unknown, context?: SerializationContext, by = codec): Promise<Payload> {
  return (await by.encode([plain(value)], context))[0]!;
}
async function open(payload: Payload, context?: SerializationContext, by = codec): Promise<unknown> {
  return valueOf((await by.decode([payload], context))[0]!);
}
const unreadable = { badPayload: 'not-readable' };

describe('a payload', () => {
  it('comes back as it was, whoever asks: the workflow, its step, or the codec endpoint that knows no workflow', async () => {
    const sealed = await seal({ callerNumber: '79991234567' }, call);
    expect(Buffer.from(sealed.data!).toString('latin1')).not.toContain('79991234567');
    for (const context of [call, ofStep('call/office/1'), undefined])
      expect(await open(sealed, context)).toEqual({ callerNumber: '79991234567' });
  });

  it('that is plain is not used', async () => {
    expect(await open(plain('x'), call)).toEqual({ badPayload: 'not-encrypted' });
    expect(await open({}, call)).toEqual({ badPayload: 'not-encrypted' });
  });

  it('with one bit flipped, wherever it is, is not used', async () => {
    const sealed = await seal('x', call);
    for (let at = 0; at < sealed.data!.length; at++) {
      const data = Buffer.from(sealed.data!);
      data[at]! ^= 1;
      expect(await open({ ...sealed, data }, call)).toEqual(unreadable);
    }
    for (const length of [0, 1, 12, 27, sealed.data!.length - 1])
      expect(await open({ ...sealed, data: sealed.data!.subarray(0, length) }, call)).toEqual(unreadable);
  });

  it('of an unknown key, or under the name of another one, is not used', async () => {
    const sealed = await seal('x', call);
    for (const keyId of ['', 'ffffffff', '../../etc']) {
      const metadata = { ...sealed.metadata, 'encryption-key-id': Buffer.from(keyId) };
      expect(await open({ ...sealed, metadata }, call)).toEqual(unreadable);
    }
    const both = codecOf(keyA, keyB);
    const byB = await seal('x', call, codecOf(keyB));
    const metadata = { ...byB.metadata, 'encryption-key-id': sealed.metadata!['encryption-key-id']! };
    expect(await open({ ...byB, metadata }, call, both)).toEqual(unreadable);
  });

  it.each([
    ['another call', ofCall('call/office/2')],
    ['a call of another connection', ofCall('call/other/1')],
    ['another namespace', ofCall('call/office/1', 'other')],
  ])('of %s is not used, whatever it says it belongs to', async (_what, other) => {
    const foreign = await seal('x', other);
    expect(await open(foreign, call)).toEqual(unreadable);
    const own = await seal('y', call);
    const relabelled = { ...foreign, metadata: own.metadata };
    const unlabelled = { ...foreign, metadata: { ...foreign.metadata } };
    delete unlabelled.metadata['encryption-owner'];
    expect(await open(relabelled, call)).toEqual(unreadable);
    expect(await open(unlabelled, call)).toEqual(unreadable);
    expect(await open(relabelled)).toEqual(unreadable);
  });

  it('of a schedule belongs to each of its runs', async () => {
    const sealed = await seal('x', ofCall('reconcile/office'));
    expect(await open(sealed, ofCall('reconcile/office-2026-11-25T04:31:21Z'))).toBe('x');
    expect(await open(sealed, ofCall('reconcile/office-branch'))).toEqual(unreadable);
  });

  it('of a version that bound nothing is still read', async () => {
    const inner = Buffer.from(temporal.api.common.v1.Payload.encode(plain('old')).finish());
    const { keyId, data } = parseDataKeys(keyA).encrypt(inner, Buffer.from('temporal-payload'));
    const metadata = { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from(keyId) };
    expect(await open({ metadata, data }, call)).toBe('old');
  });
});

describe('a payload of a step', () => {
  it('that cannot be read fails the step, because no step may work with a marker', async () => {
    const step = ofStep('call/office/1');
    const foreign = await seal('x', ofCall('call/office/2'));
    for (const payload of [plain('x'), foreign, await seal('x', call, codecOf(keyB))])
      await expect(open(payload, step)).rejects.toThrow('A payload of a step is not-');
  });
});

describe('the plain word that Temporal puts into the cancellation of a step that had not begun', () => {
  it.each(['ACTIVITY_ID_NOT_STARTED', 'ACTIVITY_ID_UNKNOWN'])(
    'does not stop the workflow: %s',
    async (word) => {
      expect(await open(plain(word), ofStep('call/office/1'))).toEqual({ badPayload: 'not-encrypted' });
    },
  );
});

describe('rotating the key', () => {
  it('writes under the new one, reads both, and reads the old ones no more once it is gone', async () => {
    const old = await seal('before', call);
    const rotated = codecOf(keyB, keyA);
    const fresh = await seal('after', call, rotated);
    expect(fresh.metadata!['encryption-key-id']).not.toEqual(old.metadata!['encryption-key-id']);
    expect([await open(old, call, rotated), await open(fresh, call, rotated)]).toEqual(['before', 'after']);
    const later = codecOf(keyB);
    expect([await open(old, call, later), await open(fresh, call, later)]).toEqual([unreadable, 'after']);
  });
});
