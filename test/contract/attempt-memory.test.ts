import { Context } from '@temporalio/activity';
import { AttemptMemory } from '../../src/activities/attempt-memory';
import { requireCurrentAttempt } from '../../src/activities/current-attempt';
import { notYet } from '../../src/activities/failures';
import { PeerError } from '../../src/domain/peer-error';
import { runOneStep } from './one-step-worker';
import { attempts } from './portal-lab';

interface Memory {
  userId: number;
}

const detail = { reason: 'portal-budget', mend: 'Wait.' };
const peerError = (reaction: 'not-yet' | 'ambiguous'): PeerError =>
  new PeerError('bitrix24', reaction, 'x', { mend: 'x' });

/** One attempt that fails, in one of the ways in which attempts fail. */
async function failing(round: number, write?: 'not-yet' | 'ambiguous' | 'crash'): Promise<boolean> {
  const memory = new AttemptMemory<Memory>(round);
  const { earlierMayHaveWritten } = memory;
  if (write === 'crash') return earlierMayHaveWritten;
  if (write !== undefined) await memory.write(() => Promise.reject(peerError(write))).catch(() => undefined);
  memory.failed(peerError('not-yet'));
  return earlierMayHaveWritten;
}

describe('what the attempts of a step know of each other', () => {
  it('is that nothing was written, as long as every one of them proved it', async () => {
    const tries = attempts();
    expect(await tries.next(() => failing(0))).toBe(false);
    expect(await tries.next(() => failing(0, 'not-yet'))).toBe(false);
    expect(await tries.next(() => failing(0, 'ambiguous'))).toBe(false);
    expect(await tries.next(() => failing(0))).toBe(true);
    expect(await tries.next(() => failing(0))).toBe(true);
  });

  it('is not that when a worker died in between', async () => {
    const tries = attempts();
    await tries.next(() => failing(0));
    await tries.next(() => failing(0, 'crash'));
    expect(await tries.next(() => failing(0))).toBe(true);
  });

  it('is not that after a burst of attempts whose memory is gone', async () => {
    const tries = attempts();
    expect(await tries.next(() => failing(1))).toBe(true);
    expect(await tries.next(() => failing(1))).toBe(true);
  });

  it('reaches the next attempt on a real server, on which an attempt fails right after it noted something', async () => {
    const seen: string[] = [];
    const result = await runOneStep('oneStep', async () => {
      const memory = new AttemptMemory<Memory>(0);
      seen.push(`${memory.recalled.userId ?? '-'} ${memory.earlierMayHaveWritten}`);
      const { attempt } = Context.current().info;
      if (attempt === 4) return seen;
      memory.note({ userId: attempt });
      throw memory.failed(notYet(detail, { delayMs: 1 }));
    });
    expect(result).toEqual(['- false', '1 false', '2 false', '3 false']);
  });
});

it('is known to Temporal alone which attempt counts: one whose time is over is told so', async () => {
  const told: string[] = [];
  const ask = async (): Promise<void> => {
    const { attempt } = Context.current().info;
    const answer = await requireCurrentAttempt().then(
      () => 'counts',
      (error: { details?: [{ reason: string }] }) => error.details?.[0].reason ?? String(error),
    );
    told.push(`${attempt} ${answer}`);
  };
  let beginSecond = (): void => undefined;
  const secondBegan = new Promise<void>((resolve) => (beginSecond = resolve));
  let overslept: Promise<void> | undefined;
  const result = await runOneStep('oneShortStep', async () => {
    const { attempt } = Context.current().info;
    if (attempt > 2) return told;
    await ask();
    if (attempt === 2) {
      beginSecond();
      await overslept;
      return told;
    }
    overslept = secondBegan.then(ask);
    await overslept;
    return [];
  });
  expect((result as string[]).sort()).toEqual(['1 attempt-too-late', '1 counts', '2 counts']);
});
