import { kinds } from './kinds';
import { makePlan } from './plan';
import type { Plan, PlanOptions } from './plan';

const options: PlanOptions = { calls: 50, minutes: 3, seed: 1, from: 6, slice: false, longBlocks: false };
const long = { ...options, calls: 5_000, minutes: 25 };
const slice = { ...options, calls: 200, minutes: 1.5, slice: true };

const faultsOf = (plan: Plan): Plan['lanes']['kills'] => Object.values(plan.lanes).flat();
const kindsOf = (plan: Plan): Set<string> => new Set(faultsOf(plan).map(({ kind }) => kind.name));
const plays = (plan: Plan): number =>
  plan.calls.length + faultsOf(plan).filter(({ bait }) => bait !== null).length;

/** What stands in a plan beside functions. */
const written = (plan: Plan): string => JSON.stringify(plan);

describe('a plan', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(written(makePlan(options))).toBe(written(makePlan(options)));
    expect(written(makePlan(options))).not.toBe(written(makePlan({ ...options, seed: 2 })));
  });

  it.each([options, long, slice])(
    'plays as many calls as were asked for: $calls in $minutes minutes',
    (given) => {
      const plan = makePlan(given);
      expect(plays(plan)).toBe(given.calls);
      const callers = [...plan.calls, ...faultsOf(plan).flatMap(({ bait }) => bait ?? [])].map(
        ({ caller }) => caller,
      );
      expect(new Set(callers).size).toBe(given.calls);
    },
  );

  it('has a call for each fault of a small run, and none for those of a large one', () => {
    expect(faultsOf(makePlan(options)).every(({ bait }) => bait !== null)).toBe(true);
    const own = faultsOf(makePlan(long)).filter(({ bait }) => bait !== null);
    expect(new Set(own.map(({ kind }) => kind.name))).toEqual(new Set(['user-dismissed']));
  });

  it('has forty quick faults of fifteen kinds and more in the slice', () => {
    const plan = makePlan(slice);
    expect(faultsOf(plan)).toHaveLength(40);
    expect(kindsOf(plan).size).toBeGreaterThanOrEqual(15);
    expect(faultsOf(plan).every(({ kind }) => kind.quick === true)).toBe(true);
  });

  it('has every kind, five hundred faults and a kill every half a minute in the long run', () => {
    const plan = makePlan(long);
    const offered = kinds.filter(({ blocksLong }) => blocksLong !== true);
    expect(kindsOf(plan)).toEqual(new Set(offered.map(({ name }) => name)));
    expect(faultsOf(plan).length).toBeGreaterThanOrEqual(500);
    expect(plan.lanes.kills.length).toBeGreaterThanOrEqual(long.minutes * 2);
    const targets = plan.lanes.kills.map(({ kind }) => kind.target);
    expect(targets.slice(0, 8)).toEqual([0, 1].flatMap(() => ['worker', 'api', 'temporal', 'mongod']));
  });

  it('keeps kinds that block the portal for long to runs that ask for them', () => {
    expect(kindsOf(makePlan(long))).not.toContain('portal-overloaded');
    expect(kindsOf(makePlan({ ...long, longBlocks: true }))).toContain('portal-overloaded');
  });

  it('spoils events, orders and recordings at their rates', () => {
    const { calls } = makePlan(long);
    const expectShare = (count: number, of: number, percent: number): void =>
      expect(Math.abs((count / of) * 100 - percent)).toBeLessThan(1.5);
    const events = calls.length * 6;
    expectShare(
      calls.reduce((sum, { lose }) => sum + lose.length, 0),
      events,
      2,
    );
    expectShare(
      calls.reduce((sum, { repeat }) => sum + repeat.length, 0),
      events,
      5,
    );
    expectShare(calls.filter(({ reordered }) => reordered).length, calls.length, 5);
    expectShare(calls.filter(({ recordingDelayMs }) => recordingDelayMs > 0).length, calls.length, 20);
  });
});
