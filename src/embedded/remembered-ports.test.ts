import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import type { TempDir } from '../../test/support/temp-dir';
import { tempDir } from '../../test/support/temp-dir';
import { choosePorts } from './remembered-ports';
import { freePort } from './free-port';

let dir: TempDir;
let listener: Server | null = null;
beforeEach(async () => (dir = await tempDir()));
afterEach(async () => {
  listener?.close();
  listener = null;
  await dir.remove();
});

async function remember(): Promise<{ temporal: number; ui: number; mongodb: number }> {
  const ports = { temporal: await freePort(), ui: await freePort(), mongodb: await freePort() };
  await writeFile(`${dir.path}/ports.json`, JSON.stringify(ports));
  return ports;
}

describe('the ports of the embedded servers', () => {
  it('are those of the last start', async () => {
    const ports = await remember();
    expect(await choosePorts(dir.path)).toEqual(ports);
  });

  it('change, and stay changed, for the one that something else took', async () => {
    const ports = await remember();
    listener = createServer().listen(ports.mongodb, '127.0.0.1');
    await once(listener, 'listening');
    const chosen = await choosePorts(dir.path);
    expect(chosen).toMatchObject({ temporal: ports.temporal, ui: ports.ui });
    expect(chosen.mongodb).not.toBe(ports.mongodb);
    listener.close();
    await once(listener, 'close');
    expect(await choosePorts(dir.path)).toEqual(chosen);
  });

  it('are others when a start found them taken after all', async () => {
    const ports = await remember();
    expect((await choosePorts(dir.path, new Set([ports.temporal]))).temporal).not.toBe(ports.temporal);
  });

  it('are chosen anew when the file is spoilt', async () => {
    await writeFile(`${dir.path}/ports.json`, '{"temporal":-1,"ui":"x"');
    const ports = await choosePorts(dir.path);
    expect(Object.values(ports).every((port: number) => port > 0)).toBe(true);
  });
});
