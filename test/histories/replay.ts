import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';

/** A stored history that today's code does not follow. */
export interface ReplayFailure {
  name: string;
  message: string;
}

/** Names of the stored histories, each one path through the call workflow. */
export function storedHistories(): string[] {
  return readdirSync(__dirname)
    .filter((file) => file.endsWith('.json'))
    .sort();
}

/** Bundles today's workflow code, or that under another path. */
export function bundleForReplay(
  workflowsPath = path.resolve(__dirname, '../../src/workflows'),
): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
}

/** Replays every stored history against the bundle; answers the ones that it does not follow. */
export async function replayAll(workflowBundle: WorkflowBundleWithSourceMap): Promise<ReplayFailure[]> {
  const failures: ReplayFailure[] = [];
  const histories = storedHistories().map((file) => ({
    workflowId: file,
    history: historyFromJSON(JSON.parse(readFileSync(path.join(__dirname, file), 'utf8')) as object),
  }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    if (error !== undefined) failures.push({ name: workflowId, message: error.message });
  return failures;
}

/** `npm run replay`: fails on the first history that today's code cannot follow, and when there is none at all. */
async function main(): Promise<void> {
  if (process.argv.includes('--record')) {
    const { recordHistories } = await import('./record.js');
    return recordHistories(__dirname);
  }
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const bundle = await bundleForReplay();
  const startedMs = performance.now();
  const failures = await replayAll(bundle);
  const tookMs = Math.round(performance.now() - startedMs);
  const count = storedHistories().length;
  for (const { name, message } of failures) process.stderr.write(`${name}: ${message}\n`);
  if (count === 0) throw new Error('There is no stored history under test/histories');
  process.stdout.write(
    `Replayed ${count} stored histories in ${tookMs} ms, ${failures.length} of them do not fit today's code\n`,
  );
  process.exit(failures.length === 0 ? 0 : 1);
}

if (require.main === module)
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  });
