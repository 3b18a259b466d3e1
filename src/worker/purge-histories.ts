import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import { workflowIdFor } from '../domain/call-id';
import { everyHour } from '../every-hour';
import type { Store } from '../store';
import { daysBefore } from '../store/retention';

/** As long as a round takes at the most; the next one comes after it. */
const leaseMs = 3_600_000;
const askMs = 5_000;
/** The rest of a large backlog is for the next round. */
const mostPerRound = 5_000;
const atOnce = 10;

export interface HistoryPurge {
  client: Client;
  taskQueue: string;
  store: Pick<Store, 'historyDays' | 'calls' | 'claims' | 'leases'>;
  log: Logger;
}

/**
 * Deletes histories of calls that are over for longer than their connection keeps them (`retention.historyDays`), at the
 * start and every hour, by one process at a time. Temporal's namespace deletes the others when its own time is up.
 *
 * @returns stops it, when the round that goes on is over.
 */
export function keepPurgingHistories(purge: HistoryPurge): () => Promise<void> {
  const owner = randomUUID();
  let stopped = false;
  const stop = everyHour(async () => {
    try {
      if ((await purge.store.leases.take('purge-histories', owner, leaseMs)) === null) return;
      const deleted = await purgeHistories(purge, new Date(), () => stopped);
      if (deleted > 0) purge.log.info({ histories: deleted }, 'Histories that are too old were deleted');
      await purge.store.leases.release('purge-histories', owner);
    } catch (error) {
      if (!stopped) purge.log.warn({ err: error }, 'Histories that are too old were not deleted');
    }
  });
  return () => {
    stopped = true;
    return stop();
  };
}

/**
 * One round over all connections.
 *
 * @returns how many histories were deleted.
 */
export async function purgeHistories(
  purge: HistoryPurge,
  now: Date,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let deleted = 0;
  for (const [connection, days] of await purge.store.historyDays()) {
    const closedBefore = daysBefore(now, days).toISOString();
    const query =
      `WorkflowType = 'call' AND TaskQueue = '${purge.taskQueue}' AND Connection = '${connection}' ` +
      `AND ExecutionStatus != 'Running' AND CloseTime < '${closedBefore}'`;
    let batch: Promise<boolean>[] = [];
    let seen = 0;
    for await (const { workflowId, runId } of purge.client.workflow.list({ query })) {
      if (isStopped() || ++seen > mostPerRound) break;
      batch.push(forget(purge, connection, { workflowId, runId }));
      if (batch.length < atOnce) continue;
      deleted += (await Promise.all(batch)).filter(Boolean).length;
      batch = [];
    }
    deleted += (await Promise.all(batch)).filter(Boolean).length;
  }
  return deleted;
}

/** Only what the ledger remembers may be forgotten by Temporal, else a repeat would be written again. */
async function forget(
  { client, store }: HistoryPurge,
  connection: string,
  workflowExecution: { workflowId: string; runId: string },
): Promise<boolean> {
  const callId = workflowExecution.workflowId.slice(workflowIdFor(connection, '').length);
  const row = await store.calls.get(connection, callId);
  if (row?.closed !== true && (await store.claims.survivorOf(connection, callId)) === null) return false;
  const { namespace } = client.options;
  try {
    await client.withDeadline(Date.now() + askMs, () =>
      client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || (error as { code?: unknown }).code === notFound)
      return false;
    throw error;
  }
}

/** gRPC's code: somebody else deleted it. */
const notFound = 5;
