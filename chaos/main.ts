import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { readArguments } from './arguments';
import { describeKinds } from './describe-kinds';
import { kinds } from './kinds';
import { ChaosLab } from './lab';
import { formatReport } from './report';
import { runAll } from './run';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * `npm run chaos -- --calls N --seed S --minutes M [--slice] [--long-blocks] [--report file] [--list]`: 0 only when every
 * invariant holds.
 */
async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  if (given.list) {
    process.stdout.write(`${describeKinds(kinds)}\n`);
    return 0;
  }
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = new AbortController();
  // Every wait listens to it.
  setMaxListeners(0, stop.signal);
  let lab: ChaosLab | null = null;
  // Whatever ends this process, nothing stays behind: the servers have guardians, the bridge's processes have this.
  process.on('exit', () => lab?.slots.forEach((slot) => slot.killNow()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      say('Stopping …');
      stop.abort(new Error(`Stopped by ${signal}`));
    });
  try {
    say('Starting Temporal, MongoDB, two APIs, two workers and the stand-ins …');
    lab = await ChaosLab.open(given.seed, undo);
    const report = await runAll(lab, given, { say, stopped: stop.signal });
    process.stdout.write(`\n${formatReport(report)}\n`);
    if (given.report !== null) await writeFile(given.report, `${JSON.stringify(report, null, 2)}\n`);
    return report.violations.length === 0 ? 0 : 1;
  } catch (error) {
    // Whatever was under way then fails in its own words.
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    if (lab !== null) await lab.close();
    else for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => undefined);
  }
}

main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  });
