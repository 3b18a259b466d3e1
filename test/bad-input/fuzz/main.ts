import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from '../../../src/config/fail';
import { findSchemathesis } from './find-schemathesis';
import type { FuzzedServer } from './fuzzed-server';
import { startFuzzedServer } from './fuzzed-server';
import { settledMemoryMb } from './resident-memory';

/** What an answer is held against: that it is none of ours that failed, and that the document promises it. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];
/** Cases that are made for each operation before memory is looked at for the first time. */
const warmUpExamples = 10;
const mostGrowth = 0.1;
const runMs = 15 * 60_000;

/** How much is asked: `quick` is the slice for every change. */
const sizes = { full: { examples: 150, least: 10_000 }, quick: { examples: 20, least: 4_000 } };

/**
 * `npm run fuzz`: every operation of the OpenAPI document, thousands of times, against a freshly started server with
 * everything behind it. Ends with 1 when an answer was not one that is promised, or the server did not stand it.
 *
 * `--quick`: a slice of it. `--seed N`: the run that printed N once more. `--skip-if-absent`: ends with 0 when the fuzzer
 * cannot be had on this machine.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(randomInt(1, 2 ** 31)) },
      'skip-if-absent': { type: 'boolean', default: false },
    },
  });
  const fuzzer = await findSchemathesis(process.env).catch((error: unknown) => {
    if (!values['skip-if-absent']) throw error;
    say(`SKIPPED: ${error instanceof Error ? error.message : 'no fuzzer'}`);
    return null;
  });
  if (fuzzer === null) return;
  const { examples, least } = values.quick ? sizes.quick : sizes.full;
  say(`Seed ${values.seed}: npm run fuzz -- ${values.quick ? '--quick ' : ''}--seed ${values.seed}`);
  const server = await startFuzzedServer();
  const problems: string[] = [];
  try {
    const run = (count: number, seed: number): Promise<void> => fuzz(fuzzer, server, count, seed, problems);
    await run(warmUpExamples, Number(values.seed) + 1);
    const beforeMb = await settledMemoryMb(server.bridge);
    const started = performance.now();
    await run(examples, Number(values.seed));
    const seconds = Math.round((performance.now() - started) / 1000);
    problems.push(...(await standing(server, least)));
    const afterMb = await settledMemoryMb(server.bridge);
    const growth = afterMb / beforeMb - 1;
    say(
      `Memory: ${beforeMb.toFixed(0)} MB after the warm-up, ${afterMb.toFixed(0)} MB after ${seconds} s more`,
    );
    if (growth > mostGrowth) problems.push(`The memory grew by ${(growth * 100).toFixed(1)} %`);
  } finally {
    await server.close();
  }
  for (const problem of problems) say(`FAILED: ${problem}`);
  say(problems.length === 0 ? 'The server stood it all.' : `${problems.length} things went wrong.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** One run of schemathesis; what it prints is shown when it found something. */
async function fuzz(
  program: string,
  { bridge, env }: FuzzedServer,
  examples: number,
  seed: number,
  problems: string[],
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bridge-fuzz-run-'));
  const child = spawn(
    program,
    [
      ...['--config-file', path.join(__dirname, 'schemathesis.toml')],
      ...['run', `${bridge.url}/openapi.json`, '--url', bridge.url, '--checks', checks.join()],
      ...['--max-examples', String(examples), '--seed', String(seed), '--workers', '1'],
      ...['--continue-on-failure', '--no-color', '--generation-database', 'none', '--warnings', 'off'],
      ...['--request-timeout', '20', '--suppress-health-check', 'all'],
    ],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        ...env,
        PYTHONPATH: __dirname,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'hooks',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: runMs,
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  await rm(folder, { recursive: true });
  const generated = /^ *(\d+ generated.*)$/m.exec(output)?.[1];
  say(`${examples} for each operation: ${generated ?? 'no result'}`);
  if (code === 0) return;
  process.stdout.write(output);
  problems.push(`schemathesis ended with ${code ?? 'a signal'}`);
}

/** Whether the server is as it was, and how much it was asked. */
async function standing({ bridge }: FuzzedServer, least: number): Promise<string[]> {
  if (!bridge.running) return ['The process is gone'];
  const problems: string[] = [];
  const ready = await fetch(`${bridge.url}/health/ready`);
  const state = await ready.text();
  if ((await fetch(`${bridge.url}/health/live`)).status !== 200)
    problems.push('It does not say that it lives');
  if (ready.status !== 200 || state.includes('down')) problems.push(`It is not ready: ${state}`);
  const metrics = await (await fetch(`${bridge.url}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, status, count] of metrics.matchAll(
    /^bridge_http_requests_total\{.*status="(\d+)"\} (\d+)$/gm,
  ))
    counts.set(status!, (counts.get(status!) ?? 0) + Number(count));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const listed = [...counts].sort().map(([status, count]) => `${status}: ${count}`);
  say(`${total} requests (${listed.join(', ')})`);
  if (total < least) problems.push(`Only ${total} requests, ${least} at least are wanted`);
  const broken = [...counts.keys()].filter((status) => Number(status) >= 500 && status !== '503');
  if (broken.length > 0) problems.push(`Answers of ${broken.join(', ')}`);
  // Alarms about a peer are errors, too; those of ours carry what was thrown.
  const thrown = bridge.lines().filter((line) => Number(line.level) >= 50 && 'err' in line);
  if (thrown.length > 0) problems.push(`${thrown.length} errors, the first: ${JSON.stringify(thrown[0])}`);
  return problems;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch(fail);
