import { KeyedQueue } from './keyed-queue';

describe('a queue with keys', () => {
  it('keeps the order of one key, runs others beside it, and never more than allowed', async () => {
    const queue = new KeyedQueue(2);
    const log: string[] = [];
    const open = new Map<string, () => void>();
    let running = 0;
    let most = 0;
    const task = (name: string) => async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await new Promise<void>((resolve) => open.set(name, resolve));
      running -= 1;
      log.push(name);
    };
    for (const [key, name] of ['a1', 'a2', 'b1', 'c1'].map((one) => [one.charAt(0), one] as const))
      queue.push(key, task(name));
    const idle = queue.idle();
    for (const name of ['b1', 'a1', 'c1', 'a2']) {
      while (!open.has(name)) await new Promise((resolve) => setImmediate(resolve));
      open.get(name)?.();
    }
    await idle;
    expect(log).toEqual(['b1', 'a1', 'c1', 'a2']);
    expect(most).toBe(2);
  });

  it('forgets what has not begun', async () => {
    const queue = new KeyedQueue(1);
    const log: string[] = [];
    queue.push('a', async () => void log.push('first'));
    queue.push('a', async () => void log.push('second'));
    queue.clear();
    await queue.idle();
    expect(log).toEqual(['first']);
  });

  it('is idle when nothing was ever asked', async () => {
    await new KeyedQueue(1).idle();
  });
});
