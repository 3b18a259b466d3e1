import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort, isPortFree } from './free-port';

/** Ports of the embedded servers on 127.0.0.1. */
export interface Ports {
  temporal: number;
  ui: number;
  mongodb: number;
}

/** What people expect, as long as nothing else listens there. */
const usual: Ports = { temporal: 7233, ui: 8233, mongodb: 27017 };

/**
 * The ports for this start: those of the last start on this folder, else the usual ones, else free ones.
 *
 * @param avoid ports that turned out to be taken although they looked free.
 */
export async function choosePorts(dataDir: string, avoid: ReadonlySet<number> = new Set()): Promise<Ports> {
  const file = path.join(dataDir, 'ports.json');
  const last = await readPorts(file);
  const choose = async (name: keyof Ports): Promise<number> => {
    for (const port of [last[name], usual[name]])
      if (port !== undefined && !avoid.has(port) && (await isPortFree(port))) return port;
    return freePort();
  };
  const ports: Ports = {
    temporal: await choose('temporal'),
    ui: await choose('ui'),
    mongodb: await choose('mongodb'),
  };
  await writeFile(`${file}.new`, `${JSON.stringify(ports)}\n`);
  await rename(`${file}.new`, file);
  return ports;
}

async function readPorts(file: string): Promise<Partial<Ports>> {
  try {
    const found = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(found).filter(
        ([, port]) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536,
      ),
    );
  } catch {
    // Never written, or spoilt: ports are only a convenience.
    return {};
  }
}
