import { patched, sleep } from '@temporalio/workflow';
import type { CallView } from '../../../src/domain/call-view';
import type { CallInput } from '../../../src/workflows/messages';
import { call as todaysCall } from '../../../src/workflows';

/**
 * A later build with other commands before and after those of today, behind `patched()` as
 * `src/workflows/ARCHITECTURE.md` asks: calls that are past the first place go the old way there, and all go the new
 * way at the second.
 */
export async function call(input: CallInput): Promise<CallView> {
  if (patched('starts-otherwise')) await sleep(1);
  const view = await todaysCall(input);
  if (patched('ends-otherwise')) await sleep(1);
  return view;
}
