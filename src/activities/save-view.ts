import type { CallRef, LedgerEntry } from '../domain/call-steps';
import type { CallView } from '../domain/call-view';
import { currentMarks } from '../store/current-marks';
import type { ActivityDependencies } from './dependencies';

const boundMs = 2_000;

/**
 * Writes the call to the ledger in passing: bounded, never throws.
 *
 * @param patch what the step has just changed.
 * @param closed nothing will change any more.
 * @returns whether it was written.
 */
export async function saveView(
  deps: Pick<ActivityDependencies, 'store' | 'log'>,
  input: CallRef & LedgerEntry,
  patch: Partial<CallView> = {},
  options: { closed?: boolean; callerHash?: string } = {},
): Promise<boolean> {
  const { connection, view, revision, deliveryKeys } = input;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the ledger did not answer in time')), boundMs);
  });
  try {
    const extra = { deliveryKeys, closed: options.closed ?? false, callerHash: options.callerHash };
    const save = async (): Promise<void> => {
      const changed = { ...view, ...patch };
      const marks = await currentMarks(deps.store, connection, changed);
      await deps.store.calls.save(connection, { ...changed, marks }, revision, extra);
    };
    await Promise.race([save(), late]);
    return true;
  } catch (error) {
    deps.log.warn({ err: error, callId: input.callId }, 'The ledger was not written in passing');
    return false;
  } finally {
    clearTimeout(timer);
  }
}
