import type { Payload } from '@temporalio/common';
import type { CallEvent } from '../../../src/domain/call-event';

/** Ways to make a payload out of an event: what an honest client would send, or something like it. */
export interface PayloadMaker {
  /** As a client of ours would send it to this workflow. */
  honest(event: CallEvent): Promise<Payload>;
  /** Under a key that nobody here has. */
  strange(event: CallEvent): Promise<Payload>;
  /** For another workflow. */
  elsewhere(event: CallEvent): Promise<Payload>;
}

/** A forged payload made from an event that would change the call if it were believed. */
export type ForgedCase = readonly [
  name: string,
  forge: (make: PayloadMaker, event: CallEvent) => Promise<Payload>,
];

const text = (value: string): Uint8Array => Buffer.from(value);
const changed = async (payload: Promise<Payload>, change: (data: Buffer) => Buffer): Promise<Payload> => {
  const { metadata, data } = await payload;
  return { metadata, data: change(Buffer.from(data!)) };
};
const renamed = async (payload: Promise<Payload>, metadata: Record<string, string>): Promise<Payload> => {
  const { metadata: old, data } = await payload;
  const named = Object.entries(metadata).map(([name, value]) => [name, text(value)]);
  return { metadata: { ...old, ...Object.fromEntries(named) }, data };
};
const plain = (encoding: string, data: Uint8Array): Promise<Payload> =>
  Promise.resolve({ metadata: { encoding: text(encoding) }, data });

// prettier-ignore
const forgeries: readonly ForgedCase[] = [
  ['B81 plain JSON', (_make, event) => plain('json/plain', text(JSON.stringify(event)))],
  ['B81 plain bytes', () => plain('binary/plain', Buffer.from([1, 2, 3]))],
  ['B81 nothing, said aloud', () => plain('binary/null', Buffer.alloc(0))],
  ['B81 no payload at all', () => Promise.resolve({})],
  ['B81 an encoding that nobody knows', (make, event) => renamed(make.honest(event), { encoding: 'binary/encrypted2' })],
  ['B81 a bit flipped in the nonce', (make, event) => changed(make.honest(event), (data) => flipped(data, 0))],
  ['B81 a bit flipped in the text', (make, event) => changed(make.honest(event), (data) => flipped(data, Math.floor(data.length / 2)))],
  ['B81 a bit flipped in the tag', (make, event) => changed(make.honest(event), (data) => flipped(data, data.length - 1))],
  ['B81 a text that breaks off', (make, event) => changed(make.honest(event), (data) => data.subarray(0, 20))],
  ['B81 a text of no bytes', (make, event) => changed(make.honest(event), () => Buffer.alloc(0))],
  ['B81 a megabyte of noise', (make, event) => changed(make.honest(event), () => Buffer.alloc(1_000_000, 7))],
  ['B81 a key that nobody here has', (make, event) => make.strange(event)],
  ['B81 a key whose id is a path', (make, event) => renamed(make.honest(event), { 'encryption-key-id': '../../data.key' })],
  ['B81 a key without id', (make, event) => renamed(make.honest(event), { 'encryption-key-id': '' })],
  ['B81 a payload of another call', (make, event) => make.elsewhere(event)],
  ['B81 a payload of another call that says it is of this one', async (make, event) => renamed(make.elsewhere(event), { 'encryption-owner': ownerOf(await make.honest(event)) })],
];

/** B81: payloads that nobody of ours wrote. */
export function forgedPayloads(): readonly ForgedCase[] {
  return forgeries;
}

const event: CallEvent = {
  event: 'call-ended',
  deliveryKey: 'forged',
  receivedAt: '2026-11-24T09:05:00.000Z',
  source: 'webhook',
};

/** B82: arguments of an honest sender of another version, or of one with a fault. */
// prettier-ignore
export const oddArguments: readonly (readonly [name: string, signalArguments: readonly unknown[]])[] = [
  ['B82 no argument', []],
  ['B82 null', [null]],
  ['B82 a text', ['call-ended']],
  ['B82 a number', [7]],
  ['B82 a list', [[event]]],
  ['B82 an empty object', [{}]],
  ['B82 an event that nobody knows', [{ ...event, event: 'call-exploded' }]],
  ['B82 no key', [{ ...event, deliveryKey: undefined }]],
  ['B82 a key of 10 kB', [{ ...event, deliveryKey: 'x'.repeat(10_240) }]],
  ['B82 a key that is an object', [{ ...event, deliveryKey: { $ne: null } }]],
  ['B82 a day that is none', [{ ...event, endedAt: '2026-02-30T00:00:00Z' }]],
  ['B82 a talk below nothing', [{ ...event, durationSeconds: -1 }]],
  ['B82 a talk in words', [{ ...event, durationSeconds: '60' }]],
  ['B82 a status that nobody knows', [{ ...event, status: 'great' }]],
  ['B82 an extension that is a list', [{ ...event, extension: ['201'] }]],
  ['B82 a source of 1 kB', [{ ...event, source: 'x'.repeat(1_024) }]],
];

/** B80 and B84: facts that are too long for a search attribute, or for anything. */
// prettier-ignore
export const longFacts: readonly (readonly [name: string, facts: Partial<CallEvent>])[] = [
  ['B80 a payload above 256 kB', { did: '7'.repeat(300_000) }],
  ['B84 an extension of 3 kB', { extension: '2'.repeat(3_000) }],
  ['B84 an extension of words', { extension: 'Анна из отдела продаж' }],
  ['B84 an extension of nothing', { extension: '' }],
  ['B84 a number of somebody as extension', { extension: '79991234567' }],
  ['B84 a recording of 3 kB', { recordingId: 'r'.repeat(3_000) }],
];

/** B80 to B84 where one row is one test of its own. */
export const otherEdges = [
  'B80 a payload above 2 MB is refused to its sender, and the call goes on',
  'B80 the longest webhook is far below every limit of Temporal',
  'B80 no byte of a recording enters a payload',
  'B82 a signal and a query of unknown name change nothing',
  'B83 10,000 signals to one run',
  'B84 a CALL_ID of 3 kB is left out of the search',
  'B84 an attribute of the wrong type is refused to whoever starts a call with it',
] as const;

function flipped(data: Buffer, at: number): Buffer {
  const copy = Buffer.from(data);
  copy[at]! ^= 1;
  return copy;
}

function ownerOf({ metadata }: Payload): string {
  return Buffer.from(metadata!['encryption-owner']!).toString();
}
