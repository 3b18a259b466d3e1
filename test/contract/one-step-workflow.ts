import { proxyActivities } from '@temporalio/workflow';

/** One activity with retries and without a heartbeat time-out, like the steps that write to Bitrix24. */
export async function oneStep(): Promise<string[]> {
  const { step } = proxyActivities<{ step(): Promise<string[]> }>({
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: 1, maximumInterval: 1 },
  });
  return step();
}
