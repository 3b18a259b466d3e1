import type { Connection } from '../../../domain/connection';
import type { ApiDependencies } from '../../dependencies';
import { within } from '../../within';

const waitMs = 3_000;

type Deps = Pick<ApiDependencies, 'reconciler' | 'store' | 'log'>;

/** Sees to the looks at the call log of a changed connection. While Temporal is away the workers make up for it. */
export async function keepSchedule({ reconciler, log }: Deps, connection: Connection): Promise<void> {
  await within(waitMs, reconciler.keep(connection), 'Temporal').catch((err: unknown) => {
    log.warn({ err, connection: connection.id }, 'The schedule of a connection was not brought up to date');
  });
}

/** Ends the looks of a removed connection; made anew, it begins with a fresh one. */
export async function dropSchedule({ reconciler, store, log }: Deps, connection: string): Promise<void> {
  await within(
    waitMs,
    Promise.all([reconciler.drop(connection), store.reconcile.delete(connection)]),
    'Temporal',
  ).catch((err: unknown) => {
    log.warn(
      { err, connection },
      'The schedule of a removed connection is still there; its next look ends it',
    );
  });
}
