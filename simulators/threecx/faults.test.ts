import { TestPbx } from './test-pbx';

const download = '/xapi/v1/Recordings/Pbx.DownloadRecording(recId=1)';

describe('faults', () => {
  let pbx: TestPbx;
  beforeEach(async () => {
    pbx = await TestPbx.start();
    await pbx.control.play('inbound-answered');
    pbx.control.clock.advance(3_000);
  });
  afterEach(() => pbx.close());

  it('hit one endpoint, so often, after letting some pass', async () => {
    pbx.control.faults.add({ kind: 'html-502', endpoint: 'recordings', skip: 1, count: 2 });
    const statuses: number[] = [];
    for (let time = 0; time < 4; time += 1)
      statuses.push((await pbx.get('/xapi/v1/Recordings?$top=1')).status);
    expect(statuses).toEqual([200, 502, 502, 200]);
    expect((await pbx.get('/xapi/v1/Users')).status).toBe(200);
  });

  it('are drawn the same by the same seed', async () => {
    const draw = async (): Promise<number[]> => {
      pbx.control.faults.add({ kind: 'error-500', endpoint: 'defs', probability: 0.5 });
      const statuses: number[] = [];
      for (let time = 0; time < 12; time += 1) statuses.push((await pbx.get('/xapi/v1/Defs')).status);
      pbx.control.faults.clear();
      return statuses;
    };
    const first = await draw();
    expect(await draw()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
  });

  it.each([
    ['html-504', 504],
    ['html-200', 200],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['redirect', 302],
    ['refuse', 400],
  ] as const)('answer %s with %i', async (kind, status) => {
    pbx.control.faults.add({ kind });
    expect((await pbx.get('/xapi/v1/Recordings')).status).toBe(status);
    expect(pbx.control.requests('recordings').at(-1)?.faults).toEqual([kind]);
  });

  it('break JSON in half and leave bodies out', async () => {
    pbx.control.faults.add({ kind: 'half-json' });
    pbx.control.faults.add({ kind: 'empty-body' });
    const half = await pbx.get('/xapi/v1/Recordings');
    expect(half.status).toBe(200);
    expect(() => JSON.parse(half.text) as unknown).toThrow();
    expect((await pbx.get('/xapi/v1/Recordings')).text).toBe('');
  });

  it('let the token die in the middle of the work', async () => {
    pbx.control.faults.add({ kind: 'expire-token', endpoint: 'download' });
    expect((await pbx.get(download)).status).toBe(401);
    expect((await pbx.get('/xapi/v1/Recordings')).status).toBe(401);
  });

  it('cut a download, with a length and in chunks', async () => {
    for (const downloadLengthDeclared of [true, false]) {
      pbx.control.set({ downloadLengthDeclared });
      pbx.control.faults.add({ kind: 'cut', endpoint: 'download', bytes: 5_000 });
      const answer = await fetch(`${pbx.sim.url}${download}`, {
        headers: { authorization: `Bearer ${pbx.token}` },
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.has('content-length')).toBe(downloadLengthDeclared);
      await expect(answer.arrayBuffer()).rejects.toThrow();
    }
    expect((await pbx.bytes(download)).length).toBe(960_044);
  });

  it('send a short file that HTTP takes for whole', async () => {
    pbx.control.faults.add({ kind: 'short-file', endpoint: 'download', bytes: 1_000 });
    const bytes = await pbx.bytes(download);
    expect(bytes.length).toBe(1_000);
    expect(bytes.readUInt32LE(40)).toBe(960_000);
  });

  it('declare a wrong length', async () => {
    pbx.control.faults.add({ kind: 'wrong-length', endpoint: 'download' });
    await expect(pbx.bytes(download)).rejects.toThrow();
  });

  it('send a download slowly', async () => {
    pbx.control.faults.add({ kind: 'slow', endpoint: 'download', bytesPerSecond: 4_000_000 });
    const startedAt = performance.now();
    expect((await pbx.bytes(download)).length).toBe(960_044);
    expect(performance.now() - startedAt).toBeGreaterThan(100);
  });

  it('lose requests and reset connections', async () => {
    for (const kind of ['reset', 'lose-request', 'lose-answer'] as const) {
      pbx.control.faults.add({ kind, endpoint: 'recordings' });
      await expect(pbx.get('/xapi/v1/Recordings')).rejects.toThrow();
    }
  });

  it('hold a request at a barrier until it is released', async () => {
    const barrier = pbx.control.faults.barrier({ endpoint: 'download' });
    const held = pbx.get(download);
    await barrier.held;
    expect(barrier.holding).toBe(1);
    expect(pbx.control.requests('download').at(-1)?.outcome).toBe('pending');
    barrier.release();
    expect((await held).status).toBe(200);
  });
});
