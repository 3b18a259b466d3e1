import type { ChildProcess } from 'node:child_process';
import { eventually } from '../../test/support/eventually';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { TempDir } from '../../test/support/temp-dir';
import { tempDir } from '../../test/support/temp-dir';
import type { EmbeddedLog } from '.';
import { ExpectedError } from '.';
import { noteServer, untilLastServersEnded } from './last-servers';
import { isRunning, processMark } from './process-identity';

let dir: TempDir;
let server: ChildProcess;
let said: string[];
beforeEach(async () => {
  dir = await tempDir();
  said = [];
  server = spawn('sleep', ['60']);
  await once(server, 'spawn');
});
afterEach(async () => {
  server.kill('SIGKILL');
  await dir.remove();
});

const logFile = (): string => `${dir.path}/mongod.log`;
const log = { info: (_: object, message: string) => said.push(message) } as unknown as EmbeddedLog;
const ended = (timeoutMs?: number): Promise<void> =>
  untilLastServersEnded([`${dir.path}/temporal.log`, logFile()], log, timeoutMs);

describe('the servers of the last start', () => {
  it('are waited for while they run, with one line', async () => {
    await noteServer(logFile(), server.pid!);
    const waiting = ended();
    const early = await Promise.race([waiting.then(() => 'over'), new Promise((go) => setTimeout(go, 500))]);
    expect(early).toBeUndefined();
    server.kill('SIGKILL');
    await waiting;
    expect(said).toEqual(['Waiting for the servers of the last start to end']);
  });

  it('refuse the start when they do not end', async () => {
    await noteServer(logFile(), server.pid!);
    const refusal: unknown = await ended(200).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ExpectedError);
    expect(String(refusal)).toContain(`Process ${server.pid}`);
  });

  it('are not waited for when they are gone, and another process has their id', async () => {
    await ended();
    await noteServer(logFile(), server.pid!);
    const note = JSON.parse(await readFile(`${dir.path}/mongod.pid`, 'utf8')) as object;
    await writeFile(`${dir.path}/mongod.pid`, JSON.stringify({ ...note, mark: 'another boot/1' }));
    await ended();
    await writeFile(`${dir.path}/mongod.pid`, '{"pid":');
    await ended();
    expect(said).toEqual([]);
  });
});

it('a process that has ended but is not yet fetched by its parent runs no more', async () => {
  // The shell becomes another program, which never asks for its child.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
  try {
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(chunk.toString());
    const mark = await processMark(pid);
    expect(await isRunning(pid, mark)).toBe(true);
    process.kill(pid, 'SIGKILL');
    const stat = (): Promise<string> => readFile(`/proc/${pid}/stat`, 'utf8');
    await eventually(async () => (await stat()).includes(' Z '), 'it has ended');
    expect(await stat()).toContain(' Z ');
    expect(await isRunning(pid, mark)).toBe(false);
  } finally {
    parent.kill('SIGKILL');
  }
});
