import { readFile } from 'node:fs/promises';
import { WebSocket } from 'ws';
import type { BridgeProcess } from '../../support/bridge-process';
import { eventually } from '../../support/eventually';

const settledMs = 2_000;
const settleTries = 15;

/**
 * Megabytes that a process keeps in memory: after three full garbage collections, ordered through its inspector, and when
 * two looks, two seconds apart, differ by less than 1 %. Linux only.
 *
 * @param bridge started with `--inspect-port=0`.
 */
export async function settledMemoryMb(bridge: BridgeProcess): Promise<number> {
  await collectGarbage(bridge);
  let before = await residentMb(bridge.pid);
  for (let tries = 0; tries < settleTries; tries++) {
    await new Promise((resolve) => setTimeout(resolve, settledMs));
    const now = await residentMb(bridge.pid);
    if (Math.abs(now - before) < before / 100) return now;
    before = now;
  }
  return before;
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function collectGarbage(bridge: BridgeProcess): Promise<void> {
  const address = (): string | undefined => /Debugger listening on (ws:\S+)/.exec(bridge.output)?.[1];
  if (address() === undefined) process.kill(bridge.pid, 'SIGUSR1');
  await eventually(() => address() !== undefined, 'the inspector of the bridge listens');
  const socket = new WebSocket(address()!);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  for (let id = 1; id <= 3; id++) {
    const done = new Promise((resolve) => socket.once('message', resolve));
    socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    await done;
  }
  socket.close();
}
