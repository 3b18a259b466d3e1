import type { LinesOfCall } from './request-lines';
import { RequestLines } from './request-lines';

const line = (method: string): LinesOfCall['lines'][number] => ({
  method,
  at: '',
  attempt: 1,
  outcome: 'ok',
});
const told = (calls: LinesOfCall[]): string[] =>
  calls.map(({ callId, lines }) => `${callId}: ${lines.map(({ method }) => method).join()}`);

/** Lines whose writes end when the test says so. */
function slowLines(): { lines: RequestLines; written: string[][]; end: () => void } {
  const written: string[][] = [];
  let endLast: () => void = () => undefined;
  const lines = new RequestLines((calls) => {
    written.push(told(calls));
    return new Promise((resolve) => (endLast = resolve));
  });
  return { lines, written, end: () => endLast() };
}

it('are written together, in their order, one write at a time', async () => {
  const { lines, written, end } = slowLines();
  lines.add('office', 'a', line('register'));
  lines.add('office', 'b', line('register'));
  lines.add('office', 'a', line('show'));
  const first = lines.flush();
  lines.add('office', 'a', line('finish'));
  await Promise.resolve();
  expect(written).toEqual([['a: register,show', 'b: register']]);
  const second = lines.flushFor('office', 'a');
  end();
  await first;
  await new Promise(setImmediate);
  expect(written[1]).toEqual(['a: finish']);
  end();
  await second;
});

it('go with a write of the row, unless earlier ones are on their way', async () => {
  const { lines, written, end } = slowLines();
  const taken = (): string[] => lines.take('office', 'a').map(({ method }) => method);
  lines.add('office', 'a', line('register'));
  lines.add('office', 'b', line('register'));
  expect(taken()).toEqual(['register']);
  expect(taken()).toEqual([]);
  lines.add('office', 'a', line('finish'));
  const first = lines.flush();
  await Promise.resolve();
  lines.add('office', 'a', line('attach'));
  expect(taken()).toEqual([]);
  end();
  await first;
  expect(taken()).toEqual(['attach']);
  expect(written).toEqual([['b: register', 'a: finish']]);
});

it('are lost without harm when they cannot be written, and the oldest go when too many wait', async () => {
  const written: string[][] = [];
  const lines = new RequestLines((calls) => {
    written.push(told(calls));
    return written.length === 1 ? Promise.reject(new Error('down')) : Promise.resolve();
  });
  lines.add('office', 'a', line('register'));
  await lines.flush();
  for (let call = 0; call < 2_005; call++) lines.add('office', `c${call}`, line('m'));
  await lines.flush();
  expect(written[1]).toHaveLength(2_000);
  expect(written[1]?.[0]).toBe('c5: m');
});
