import { existsSync } from 'node:fs';
import path from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';
import { bundleWorkflowCode } from '@temporalio/worker';

/**
 * How long the workflow of one call may compute at a stretch. Thousands of signals at once outlast the default of five
 * seconds on a starved machine, and Node may die of the way in which it is stopped then. The SDK reads this option and has
 * no type for it (`@temporalio/worker` 1.24, `lib/worker-options.js`).
 */
export const patientSandbox: object = { isolateExecutionTimeout: '30 seconds' };

/** Where `npm run build` leaves the bundle. */
export const bundlePath = path.join(__dirname, 'workflow-bundle.js');

const workflowsPath = require.resolve('../workflows');

/** The bundle made by `npm run build` when we run from it, else the sources, bundled at the start. */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  return existsSync(bundlePath) ? { workflowBundle: { codePath: bundlePath } } : { workflowsPath };
}

/** Bundles the workflows for the sandbox. */
export async function makeBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath });
  return code;
}
