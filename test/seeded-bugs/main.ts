import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { SeededBug } from './bugs';
import { seededBugs } from './bugs';

const root = path.resolve(__dirname, '../..');
const limitMs = 300_000;

/** What jest says at the end, as far as it is read here. */
interface JestReport {
  numFailedTests: number;
  numPassedTests: number;
  numRuntimeErrorTestSuites: number;
}

/**
 * `npm run seeded-bugs [-- part-of-a-name]`: puts one bug after the other into a copy of the sources and runs the test that
 * must catch it, before and after. 1 when a bug passes, when its test fails without it, or when it breaks more than it
 * should.
 */
function main(): number {
  const wanted = process.argv[2] ?? '';
  const copy = mkdtempSync(path.join(os.tmpdir(), 'bridge-seeded-'));
  let missed = 0;
  try {
    for (const name of tracked()) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
    const bugs = seededBugs.filter(({ name }) => name.includes(wanted));
    for (const bug of bugs) {
      const verdict = judge(copy, bug);
      if (verdict !== null) missed += 1;
      process.stdout.write(
        `${verdict === null ? 'caught' : 'MISSED'}  ${bug.name}${verdict === null ? '' : `: ${verdict}`}\n`,
      );
      process.stdout.write(`        by ${bug.test.file}: ${bug.test.name}\n`);
    }
    process.stdout.write(`${bugs.length - missed} of ${bugs.length} seeded bugs caught\n`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  return missed === 0 ? 0 : 1;
}

/** Null: the test passes without the bug and fails with it. */
function judge(copy: string, bug: SeededBug): string | null {
  const file = path.join(copy, bug.file);
  const before = readFileSync(file, 'utf8');
  const clean = runTest(copy, bug);
  if (clean === null || clean.numFailedTests > 0 || clean.numPassedTests === 0)
    return 'its test does not pass without it';
  writeFileSync(
    file,
    before.replace(bug.find, () => bug.replace),
  );
  try {
    const broken = runTest(copy, bug);
    if (broken === null) return 'its test did not come to an end';
    if (broken.numRuntimeErrorTestSuites > 0) return 'it does not even compile';
    return broken.numFailedTests > 0 ? null : 'its test passes with it';
  } finally {
    writeFileSync(file, before);
  }
}

function runTest(copy: string, { test }: SeededBug): JestReport | null {
  const report = path.join(copy, 'seeded-report.json');
  rmSync(report, { force: true });
  const escaped = test.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = [test.file, '-t', escaped, '--json', '--outputFile', report, '--forceExit'];
  spawnSync(process.execPath, [path.join(copy, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: copy,
    stdio: 'ignore',
    timeout: limitMs,
  });
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  } catch {
    return null;
  }
}

/** What belongs to the project, committed or not. */
function tracked(): string[] {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  });
  const gone = new Set(
    spawnSync('git', ['ls-files', '-d'], { cwd: root, encoding: 'utf8' }).stdout.split('\n'),
  );
  return stdout.split('\n').filter((name) => name !== '' && !gone.has(name));
}

process.exit(main());
