// @ts-check
import { spawn, spawnSync } from 'node:child_process';

/**
 * Runs one server and makes sure that it never outlives the process that asked for it, not even one killed with
 * SIGKILL: then the kernel closes the channel between the two, and that ends the server.
 *
 * node guardian.mjs <grace in ms> <command> [arguments]
 *
 * Plain JavaScript, so that any Node runs it as it is: under tsx, under jest and from the build.
 */
const [grace, command = '', ...args] = process.argv.slice(2);
const graceMs = Number(grace);

// Where the kernel offers it, the server also dies with this very process. A belt beside the braces.
const wrapper = ['--pdeathsig', 'KILL', '--'];
const wrapped =
  process.platform === 'linux' &&
  spawnSync('setpriv', [...wrapper, 'true'], { stdio: 'ignore', timeout: 2_000 }).status === 0;

const server = wrapped
  ? spawn('setpriv', [...wrapper, command, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  : spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

let stopping = false;

/** Asks the server to stop; after the grace it is killed. */
function stop() {
  if (stopping) return;
  stopping = true;
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), graceMs);
}

/** @param {object} message */
function tell(message) {
  if (process.connected) process.send?.(message, () => undefined);
}

process.on('disconnect', stop);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);
server.on('spawn', () => tell({ pid: server.pid }));
server.on('error', (error) => {
  tell({ error: error.message });
  process.exitCode = 127;
  if (process.connected) process.disconnect();
});
server.on('exit', (code, signal) => {
  if (!process.connected) process.exit(code ?? 1);
  process.send?.({ code, signal }, () => process.exit(code ?? 1));
});
// The parent may be gone before the first line here ran.
if (!process.connected) stop();
