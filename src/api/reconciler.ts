import type { Connection } from '../domain/connection';
import type { ReconcileOutcome } from '../domain/reconcile-steps';

/** The looks at 3CX's call log that mend what events did not tell. Throws whatever Temporal's client throws. */
export interface Reconciler {
  /** Makes or updates the schedule of a connection. */
  keep(connection: Pick<Connection, 'id' | 'rules'>): Promise<void>;
  /** Ends the schedule of a connection. */
  drop(connection: string): Promise<void>;
  /** Looks now, or joins a look that is under way. Without `outcome`: not done within `waitMs`; the workflow goes on. */
  run(connection: string, waitMs: number): Promise<{ workflowId: string; outcome?: ReconcileOutcome }>;
}
