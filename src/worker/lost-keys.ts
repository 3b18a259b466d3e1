import type { Client } from '@temporalio/client';

const mostLookedAt = 1_000;
const mostNamed = 5;

/**
 * Open calls that a data key taken away is still needed for. A worker must not touch them: what it cannot decrypt it would
 * take for a bad signal, and the call would be written without it.
 *
 * @param missing ids of keys that wrote once and are not set.
 * @throws Error (expected) that names the calls and says what to do.
 */
export async function assertOpenCallsReadable(
  client: Client,
  taskQueue: string,
  missing: readonly string[],
): Promise<void> {
  if (missing.length === 0) return;
  const query = `WorkflowType = 'call' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  const needing: string[] = [];
  let lookedAt = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    if (++lookedAt > mostLookedAt) break;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    if (holdsKeyOf(history, missing)) needing.push(workflowId);
  }
  if (needing.length === 0) return;
  const message =
    `${needing.length} open calls hold events under the data key ${missing.join(' or ')}, which is not set any more ` +
    `(${needing.slice(0, mostNamed).join(', ')}${needing.length > mostNamed ? ', …' : ''}). Put that key behind the new ` +
    'one in DATA_KEY until they are over. If it is lost for good, terminate them in Temporal’s UI: the reconciliation ' +
    'takes them up again from the ledger.';
  throw Object.assign(new Error(message), { expected: true });
}

/** Whether any payload in the history names one of the keys, as `EncryptingPayloadCodec` writes it. */
function holdsKeyOf(value: unknown, keyIds: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  const keyId = (value as Record<string, unknown>)['encryption-key-id'];
  if (keyId instanceof Uint8Array && keyIds.includes(Buffer.from(keyId).toString())) return true;
  return Object.values(value).some((one) => holdsKeyOf(one, keyIds));
}
