import { Recent } from './recent';

it('reads once for many who ask within a second, and again after a change', async () => {
  let reads = 0;
  const recent = new Recent((key) => Promise.resolve(`${key}${++reads}`));
  expect(await Promise.all([recent.get('a'), recent.get('a'), recent.get('b')])).toEqual(['a1', 'a1', 'b2']);
  recent.forget('a');
  expect([await recent.get('a'), await recent.get('b')]).toEqual(['a3', 'b2']);
});

it('keeps nothing for longer than a second, and no failure', async () => {
  jest.useFakeTimers();
  try {
    let reads = 0;
    const recent = new Recent(() =>
      ++reads === 1 ? Promise.reject(new Error('down')) : Promise.resolve(reads),
    );
    await expect(recent.get('a')).rejects.toThrow('down');
    expect(await recent.get('a')).toBe(2);
    jest.advanceTimersByTime(999);
    expect(await recent.get('a')).toBe(2);
    jest.advanceTimersByTime(2);
    expect(await recent.get('a')).toBe(3);
  } finally {
    jest.useRealTimers();
  }
});
