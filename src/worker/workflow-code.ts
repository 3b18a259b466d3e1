import { existsSync } from 'node:fs';
import path from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';
import { bundleWorkflowCode } from '@temporalio/worker';

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
