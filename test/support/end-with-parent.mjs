// @ts-check
/**
 * Loaded before a process of the bridge that a test or a chaos run has started: when the one who started it is gone, even
 * by SIGKILL, it ends too. Production code knows nothing of it.
 */
const parent = process.ppid;
const lookEveryMs = 1_000;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, lookEveryMs).unref();
