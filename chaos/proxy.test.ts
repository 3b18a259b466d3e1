import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Proxy } from './proxy';

let proxy: Proxy;
const answer = 'x'.repeat(5_000);
let requests = 0;
const server = createServer((_request, response) => {
  requests += 1;
  response.end(answer);
});

beforeEach(async () => {
  requests = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await Proxy.start([(server.address() as AddressInfo).port]);
});
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function ask(timeoutMs = 5_000): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  return (await fetch(`http://${proxy.address}/`, { signal, headers: { connection: 'close' } })).text();
}

describe('the proxy of an edge', () => {
  it('hands everything on as it is', async () => {
    expect(await ask()).toBe(answer);
  });

  it('takes the next upstream when one is down', async () => {
    const free = await Proxy.start([]);
    await free.close();
    const two = await Proxy.start([free.port, (server.address() as AddressInfo).port]);
    for (let time = 0; time < 3; time += 1)
      expect(await (await fetch(`http://${two.address}/`)).text()).toBe(answer);
    await two.close();
  });

  it('refuses, and takes connections again on the same port', async () => {
    await proxy.set({ kind: 'refuse' });
    await expect(ask()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await proxy.set({ kind: 'pass' });
    expect(await ask()).toBe(answer);
  });

  it('cuts the answer of a request that was carried out, as often as told', async () => {
    await proxy.set({ kind: 'cut-answer', afterBytes: 1_000, times: 1 });
    await expect(ask()).rejects.toThrow();
    expect({ requests, hits: proxy.hits }).toEqual({ requests: 1, hits: 1 });
    expect(await ask()).toBe(answer);
  });

  it('lets nothing through a black hole', async () => {
    await proxy.set({ kind: 'black-hole' });
    await expect(ask(200)).rejects.toThrow();
    expect(requests).toBe(0);
    await proxy.set({ kind: 'pass' });
    expect(await ask()).toBe(answer);
  });

  it('delays answers', async () => {
    await proxy.set({ kind: 'delay', ms: 150 });
    const startedMs = performance.now();
    expect(await ask()).toBe(answer);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
    expect(proxy.hits).toBeGreaterThan(0);
  });

  it('has one mode at a time, and none afterwards, whatever happens meanwhile', async () => {
    const order: string[] = [];
    const cut = proxy.during({ kind: 'cut-answer', afterBytes: 10, times: 1 }, async () => {
      await expect(ask()).rejects.toThrow();
      order.push('cut');
    });
    const failing = proxy.during({ kind: 'refuse' }, async () => {
      order.push('refused');
      await expect(ask()).rejects.toThrow();
      throw new Error('the fault failed');
    });
    await expect(failing).rejects.toThrow('the fault failed');
    expect(await cut).toBe(1);
    expect(order).toEqual(['cut', 'refused']);
    expect(await ask()).toBe(answer);
  });

  it('counts connections that a black hole swallows, those that were open too', async () => {
    const hits = await proxy.during({ kind: 'black-hole' }, () => expect(ask(1_000)).rejects.toThrow());
    expect(hits).toBeGreaterThanOrEqual(1);
  });
});
