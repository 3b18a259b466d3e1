import type { Connection } from '@temporalio/client';

const daySeconds = 86_400;

/**
 * Sets how long a namespace keeps closed workflows; a development server starts with 24 hours. A namespace that has
 * this retention already is left alone.
 */
export async function keepClosedWorkflows(
  connection: Connection,
  namespace: string,
  days: number,
): Promise<void> {
  const seconds = Math.round(days * daySeconds);
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === seconds) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
  });
}
