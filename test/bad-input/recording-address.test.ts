import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { RecordingWorld } from '../support/recording-world';
import { recordingQuery, ThreecxBench } from '../support/threecx-bench';
import { wavFile } from '../support/wav';
import {
  listedAddresses,
  recordingAddresses,
  recordingBytes,
  recordingNames,
} from './cases/recording-address';
import { runHttpCases } from './run-http-cases';

runHttpCases('addresses of recordings', recordingAddresses);

describe('what the PBX lists', () => {
  let bench: ThreecxBench;
  beforeEach(async () => {
    bench = await ThreecxBench.start();
  });
  afterEach(() => bench.close());

  it.each(listedAddresses)('%s', async (_name, url, expected) => {
    bench.pbx.on(/recordings/, (_request, response) => response.end(JSON.stringify([{ id: '1', url }])));
    const context = bench.context({ recordings: 'by-call-id' });
    const found = bench.client.findRecordings(context, recordingQuery(new Date()));
    if (expected === null)
      await expect(found).rejects.toMatchObject({ reaction: 'refused', reason: 'foreign-address' });
    else
      await expect(found).resolves.toMatchObject({
        state: 'found',
        recordings: [{ from: { kind: 'path', path: expected } }],
      });
  });
});

describe('what the PBX gives for a recording', () => {
  let world: RecordingWorld;
  beforeEach(async () => {
    world = new RecordingWorld(await mkdtemp(path.join(os.tmpdir(), 'bad-recording-')));
  });
  afterEach(async () => {
    expect(await readdir(world.tmpDir)).toEqual([]);
    await rm(world.tmpDir, { recursive: true });
  });

  it.each(recordingBytes)('%s', async (_name, bytes, reason) => {
    world.has('7');
    world.files['7'] = bytes;
    if (reason === null) {
      await expect(world.run()).resolves.toMatchObject({ state: 'attached' });
      expect(world.uploads[0]?.content.equals(bytes)).toBe(true);
      return;
    }
    await expect(world.failure()).resolves.toMatchObject({ type: 'NotYet', reason });
    expect(world.uploads).toEqual([]);
  });

  it.each(recordingNames)('%s as id is no name of a file', async (_name, id) => {
    world.has(id);
    world.files[id] = wavFile(Buffer.alloc(320, 1));
    await expect(world.run()).resolves.toMatchObject({ state: 'attached' });
    expect(world.uploads[0]?.fileName).toMatch(/^[a-z0-9-]{1,100}\.wav$/);
    expect(path.dirname(world.uploads[0]!.file)).toBe(world.tmpDir);
  });
});
