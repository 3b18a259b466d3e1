import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';

const pauseMs = 60_000;
let now = new Date('2026-11-24T09:00:00Z');
let stored: TestStore;

beforeAll(async () => {
  stored = await openTestStore(() => now);
});
afterAll(() => stored.close());

const put = (name: string): Promise<unknown> =>
  stored.store.lines.put(
    'office',
    { key: '+7 495 123-45-67', value: { lineNumber: '74951234567', name }, origin: 'manual' },
    { id: 'tester' },
  );
const take = (wanted: string): Promise<boolean> =>
  stored.store.lines.takeNaming('office', '74951234567', wanted, pauseMs);

describe('the name of a line', () => {
  it('is told once, by one of many, and again when the mapping changes', async () => {
    await put('Moscow');
    const turns = await Promise.all([take('Moscow'), take('Moscow'), take('Moscow')]);
    expect(turns.filter(Boolean)).toHaveLength(1);
    await stored.store.lines.named('office', '74951234567', 'Moscow');
    expect(await take('Moscow')).toBe(false);
    expect(await take('Other rule')).toBe(true);
    await stored.store.lines.named('office', '74951234567', 'Other rule');
    await put('Moscow, sales');
    expect(await take('Moscow, sales')).toBe(true);
  });

  it('is tried again after a pause when nothing came of it', async () => {
    await put('Kazan');
    expect(await take('Kazan')).toBe(true);
    now = new Date(now.getTime() + pauseMs - 1);
    expect(await take('Kazan')).toBe(false);
    now = new Date(now.getTime() + 1);
    expect(await take('Kazan')).toBe(true);
  });

  it('is nothing to anybody without a mapping, and does not show in the mapping', async () => {
    expect(await stored.store.lines.takeNaming('office', '70000000000', 'x', pauseMs)).toBe(false);
    const before = await stored.store.lines.get('office', '74951234567');
    await stored.store.lines.named('office', '74951234567', 'Kazan');
    expect(await stored.store.lines.get('office', '74951234567')).toEqual(before);
  });
});
