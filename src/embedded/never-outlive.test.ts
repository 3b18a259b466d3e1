import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { eventually } from '../../test/support/eventually';
import { processesNaming } from '../../test/support/processes';
import type { TempDir } from '../../test/support/temp-dir';
import { tempDir } from '../../test/support/temp-dir';

const script = path.resolve(__dirname, '../../test/support/run-embedded.ts');

// Several servers start and stop in each test.
jest.setTimeout(120_000);

let dir: TempDir;
let parent: ChildProcess;
let said = '';

/** A session of its own stands for a terminal: a signal to its group reaches what Ctrl-C would reach. */
async function startParent(): Promise<void> {
  said = '';
  parent = spawn(process.execPath, ['--import', 'tsx', script, dir.path], { detached: true, stdio: 'pipe' });
  parent.stdout?.on('data', (chunk) => (said += String(chunk)));
  parent.stderr?.on('data', (chunk) => (said += String(chunk)));
  await eventually(() => said.includes('\n') || parent.exitCode !== null, 'the parent is ready', 60_000);
}

const serversOf = async (): Promise<string[]> =>
  (await processesNaming(dir.path))
    .map((seen) => seen.command)
    .filter((command) => !command.includes(script));
const nothingLeft = (): Promise<void> =>
  eventually(async () => (await serversOf()).length === 0, 'all are gone', 30_000);

beforeEach(async () => {
  dir = await tempDir();
  await startParent();
  expect(await serversOf()).toHaveLength(4);
});
afterEach(async () => {
  parent.kill('SIGKILL');
  for (const { pid } of await processesNaming(dir.path)) process.kill(pid, 'SIGKILL');
  await dir.remove();
});

describe('embedded servers', () => {
  it('end when their parent is killed with SIGKILL, and the next start takes the folder over', async () => {
    parent.kill('SIGKILL');
    await nothingLeft();
    await startParent();
    expect(said).toMatch(/"mongodb":\{"uri":"mongodb:/);
  });

  it('that take their time to end are waited for, so that the next start has their files to itself', async () => {
    const old = (await processesNaming(dir.path)).filter(
      ({ command }) => !command.includes(script) && !command.includes('guardian.mjs'),
    );
    expect(old).toHaveLength(2);
    // They cannot heed the order to end, as when they are busy: after their grace they are killed.
    for (const { pid } of old) process.kill(pid, 'SIGSTOP');
    parent.kill('SIGKILL');
    await startParent();
    expect(said).toMatch(/"mongodb":\{"uri":"mongodb:/);
    const now = (await processesNaming(dir.path)).map(({ pid }) => pid);
    expect(now.filter((pid) => old.some((one) => one.pid === pid))).toEqual([]);
  });

  it('end when their guardians are killed together with the parent', async () => {
    const guardians = (await processesNaming(dir.path)).filter((seen) =>
      seen.command.includes('guardian.mjs'),
    );
    parent.kill('SIGKILL');
    for (const { pid } of guardians) process.kill(pid, 'SIGKILL');
    await nothingLeft();
  });

  it('are not reached by Ctrl-C in the terminal: the parent stops them in order', async () => {
    process.kill(-parent.pid!, 'SIGINT');
    const [code] = (await once(parent, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await serversOf()).toEqual([]);
  });

  it('are refused to a second start on the same folder, which is told who holds it', async () => {
    const first = parent;
    const firstSaid = said;
    await startParent();
    await eventually(() => parent.exitCode !== null, 'the second start ends');
    expect(parent.exitCode).toBe(1);
    expect(said).toBe(
      `${dir.path} is in use by process ${first.pid} since ${/since (\S+)\. /.exec(said)?.[1]}. ` +
        'Stop that process, or set DATA_DIR to another folder.\n',
    );
    expect(firstSaid).toContain('temporal');
    first.kill('SIGKILL');
    await nothingLeft();
  });
});
