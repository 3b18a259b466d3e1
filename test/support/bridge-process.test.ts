import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually';
import { temporalAddress } from './servers';

/** A process that starts an API, tells its process id and goes on. MongoDB is nowhere, so the API waits for it. */
const script = `
const { BridgeProcess } = require(${JSON.stringify(path.join(__dirname, 'bridge-process.ts'))});
const env = JSON.parse(process.env.CHILD_ENV);
process.stdout.write(BridgeProcess.spawn({ kind: 'api', env }).pid + '\\n');
setInterval(() => undefined, 1000);
`;

let parent: ChildProcess;
let child = 0;

beforeEach(async () => {
  const env = {
    TEMPORAL_ADDRESS: temporalAddress(),
    MONGODB_URI: 'mongodb://127.0.0.1:1/nowhere',
    DATA_KEY: randomBytes(32).toString('base64'),
  };
  parent = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    env: { ...process.env, CHILD_ENV: JSON.stringify(env) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  parent.stdout!.on('data', (piece) => (said += String(piece)));
  await eventually(() => said.includes('\n'), 'the child is started', 30_000);
  child = Number(said);
  expect(lives()).toBe(true);
});
afterEach(() => {
  parent.kill('SIGKILL');
  if (lives()) process.kill(child, 'SIGKILL');
});

function lives(): boolean {
  try {
    return process.kill(child, 0);
  } catch {
    return false;
  }
}

describe('a process of the bridge in a test', () => {
  it('ends with the one who started it, even when that is killed', async () => {
    parent.kill('SIGKILL');
    await eventually(() => !lives(), 'the child is gone');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('ends even while it is stopped', async () => {
    const isThere = (): boolean => !readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith('setpriv');
    await eventually(isThere, 'the kernel is told what is to become of the child');
    process.kill(child, 'SIGSTOP');
    parent.kill('SIGKILL');
    await eventually(() => !lives(), 'the child is gone');
  });
});
