import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { BareActivities, BareCall } from './activities';

/** The one signal of the bare call. */
export const bareEvent = defineSignal<[{ event: string }]>('event');

const { register, finish, attach } = proxyActivities<BareActivities>({
  startToCloseTimeout: '75 seconds',
  scheduleToCloseTimeout: '10 minutes',
});

/** The least that can be called a call: two signals, three activities, nothing kept, nothing checked. */
export async function bare(call: BareCall): Promise<void> {
  let ended = false;
  setHandler(bareEvent, ({ event }) => {
    ended ||= event === 'call-ended';
  });
  const bitrix24CallId = await register(call);
  await condition(() => ended);
  await finish(call, bitrix24CallId);
  await attach(call, bitrix24CallId);
}
