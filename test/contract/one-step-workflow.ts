import { proxyActivities } from '@temporalio/workflow';

interface Steps {
  step(): Promise<string[]>;
}

const retry = { initialInterval: 1, maximumInterval: 1 };

/** One activity with retries and without a heartbeat time-out, like the steps that write to Bitrix24. */
export async function oneStep(): Promise<string[]> {
  return proxyActivities<Steps>({ startToCloseTimeout: '1 minute', retry }).step();
}

/** The same, of whose attempts none may take longer than two seconds. */
export async function oneShortStep(): Promise<string[]> {
  return proxyActivities<Steps>({ startToCloseTimeout: '2 seconds', retry }).step();
}
