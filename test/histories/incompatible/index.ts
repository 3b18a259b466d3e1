import { sleep } from '@temporalio/workflow';

/** A call workflow that does something else first: every stored history must catch it. */
export async function call(): Promise<void> {
  await sleep(1_000);
}
