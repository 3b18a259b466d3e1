import type { CallActivities } from '../domain/call-steps';
import { currentMarks } from '../store/current-marks';
import type { ActivityDependencies } from './dependencies';

/** Writes the call to the ledger and fails when it cannot: the last step of a call whose ledger row is not up to date. */
export function createSaveCall({ store }: ActivityDependencies): CallActivities['saveCall'] {
  return async ({ connection, view, revision, deliveryKeys, closed }) => {
    const marks = await currentMarks(store, connection, view);
    await store.calls.save(connection, { ...view, marks }, revision, { deliveryKeys, closed });
  };
}
