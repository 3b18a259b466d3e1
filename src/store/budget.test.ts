import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { eventually } from '../../test/support/eventually';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase } from '../../test/support/servers';
import type { BudgetClass, Store } from '.';
import { openStore, parseDataKeys } from '.';

let database: TestDatabase;
let processes: Store[];
const key = randomBytes(32).toString('base64');

beforeAll(async () => {
  database = await freshDatabase();
  const open = (): Promise<Store> =>
    openStore({
      db: database.db,
      client: database.client,
      dataKeys: parseDataKeys(key),
      retention: { ledgerDays: 400, personalDays: 90 },
    });
  processes = [await open(), await open(), await open()];
});
afterAll(() => database.close());

const shares: Record<BudgetClass, number> = {
  register: 48,
  cards: 40,
  finish: 35,
  recording: 20,
  background: 10,
};
const classes = Object.keys(shares) as BudgetClass[];
const portal = (): string => `https://${randomUUID()}.example`;
const anyProcess = (index: number): Store => processes[index % processes.length]!;

/** Takes until the class has to wait. @returns what was taken, and what may have leaked meanwhile. */
async function fill(
  at: string,
  cls: BudgetClass,
  plan: 'standard' | 'enterprise' = 'standard',
): Promise<{ taken: number; leakedAtMost: number }> {
  const begun = Date.now();
  for (let taken = 0; ; taken++) {
    const { waitMs } = await anyProcess(taken).budget.take(at, plan, cls, 'm');
    const leakedAtMost = Math.ceil(((Date.now() - begun) / 1000) * (plan === 'standard' ? 2 : 5)) + 1;
    if (waitMs > 0) return { taken, leakedAtMost };
  }
}

describe('the bucket of a portal', () => {
  it.each(classes)('lets %s fill it up to its share and no further', async (cls) => {
    const { taken, leakedAtMost } = await fill(portal(), cls);
    expect(taken).toBeGreaterThanOrEqual(shares[cls]);
    expect(taken).toBeLessThanOrEqual(shares[cls] + leakedAtMost);
  });

  it('is exact for any mix of classes asked by several processes at once', async () => {
    const requests = fc.array(fc.constantFrom(...classes), { minLength: 60, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(requests, async (mix) => {
        const at = portal();
        const begun = Date.now();
        const answers = await Promise.all(
          mix.map((cls, index) => anyProcess(index).budget.take(at, 'standard', cls, 'm')),
        );
        const leakedAtMost = Math.ceil(((Date.now() - begun) / 1000) * 2) + 1;
        const taken = mix.filter((_cls, index) => answers[index]!.waitMs === 0);
        // Whatever class is the highest that got in, all together never exceed what that class may fill.
        const highest = Math.max(0, ...taken.map((cls) => shares[cls]));
        expect(taken.length).toBeLessThanOrEqual(highest + leakedAtMost);
        const asked = mix.filter((cls) => cls === 'register').length;
        expect(taken.length).toBeGreaterThanOrEqual(Math.min(asked, shares.register) > 0 ? 1 : 0);
      }),
      { numRuns: 15 },
    );
  });

  it('leaks at the pace of the plan', async () => {
    const at = portal();
    await fill(at, 'background');
    const begun = Date.now();
    let taken = 0;
    const take = async (): Promise<boolean> => {
      if ((await anyProcess(taken).budget.take(at, 'standard', 'background', 'm')).waitMs === 0) taken++;
      return taken === 4;
    };
    await eventually(take, 'four more requests have room');
    // Two a second, and up to one had leaked before.
    expect(Date.now() - begun).toBeGreaterThan(1_200);
  });

  it('takes two requests or none', async () => {
    const at = portal();
    await anyProcess(0).budget.take(at, 'standard', 'recording', 'm', { requests: 19 });
    const upload = await anyProcess(0).budget.take(at, 'standard', 'recording', 'm', { requests: 2 });
    expect(upload.waitMs).toBeGreaterThan(0);
    expect((await anyProcess(1).budget.take(at, 'standard', 'recording', 'm')).waitMs).toBe(0);
  });

  it('tells those who wait different times, at the pace at which room is made, and nobody longer than a minute', async () => {
    const at = portal();
    await fill(at, 'finish');
    const begun = Date.now();
    const waits: number[] = [];
    for (let one = 0; one < 150; one++)
      waits.push((await anyProcess(one).budget.take(at, 'standard', 'finish', 'm')).waitMs);
    const asked = waits.filter((ms) => ms > 0);
    // Whoever asks later is told a later time, half a second a turn, until the minute is reached.
    const passedMs = Date.now() - begun;
    const spread = asked[19]! - asked[0]!;
    expect(spread).toBeGreaterThan(19 * 500 - passedMs - 500);
    expect(spread).toBeLessThanOrEqual(19 * 500 + 500);
    expect(Math.max(...asked)).toBeLessThanOrEqual(60_000);
  });

  it('lets live work overtake those who wait', async () => {
    const at = portal();
    await fill(at, 'recording');
    for (let one = 0; one < 50; one++) await anyProcess(one).budget.take(at, 'standard', 'recording', 'm');
    expect((await anyProcess(0).budget.take(at, 'standard', 'register', 'm')).waitMs).toBe(0);
  });

  it('holds more on the enterprise plan', async () => {
    const { taken, leakedAtMost } = await fill(portal(), 'register', 'enterprise');
    expect(taken).toBeGreaterThanOrEqual(240);
    expect(taken).toBeLessThanOrEqual(240 + leakedAtMost);
  });
});

describe('blocks', () => {
  it('hold up one method of one client, or all of them', async () => {
    const at = portal();
    const { budget } = anyProcess(0);
    const wait = async (client: string, method: string): Promise<number> =>
      (await anyProcess(1).budget.take(at, 'standard', 'register', method, { client })).waitMs;
    await budget.block(at, 'Finish', new Date(Date.now() + 60_000), 'a');
    expect(await wait('a', 'finish')).toBeGreaterThan(50_000);
    expect(await wait('a', 'register')).toBe(0);
    expect(await wait('b', 'finish')).toBe(0);
    await budget.block(at, '*', new Date(Date.now() + 90_000), 'a');
    const register = (): ReturnType<typeof budget.take> =>
      anyProcess(2).budget.take(at, 'standard', 'register', 'register', { client: 'a' });
    expect(await wait('a', 'register')).toBeGreaterThan(80_000);
    expect(await register()).toMatchObject({ blockedBy: 'client' });
    expect(await wait('a', 'finish')).toBeGreaterThan(80_000);
    expect(await wait('b', 'register')).toBe(0);
  });

  it('are told apart from a full bucket, and one method’s from a block of everything', async () => {
    const at = portal();
    const { budget } = anyProcess(0);
    const take = (method = 'm'): ReturnType<typeof budget.take> =>
      budget.take(at, 'standard', 'register', method, { client: 'a' });
    expect(await take()).toEqual({ waitMs: 0 });
    await budget.block(at, 'm', new Date(Date.now() + 60_000), 'a');
    expect(await take()).toMatchObject({ blockedBy: 'method' });
    await budget.block(at, '*', new Date(Date.now() + 30_000), 'a');
    // The longer one decides how long the wait is, and what it is for.
    expect(await take()).toMatchObject({ blockedBy: 'method' });
    expect(await take('n')).toMatchObject({ blockedBy: 'client' });
    await budget.refused(at, 'standard');
    expect(Object.keys(await budget.take(at, 'standard', 'register', 'm', { client: 'b' }))).toEqual([
      'waitMs',
    ]);
  });

  it('are never shortened', async () => {
    const at = portal();
    const { budget } = anyProcess(0);
    await budget.block(at, 'm', new Date(Date.now() + 60_000));
    await budget.block(at, 'm', new Date(Date.now() + 1_000));
    expect((await budget.take(at, 'standard', 'register', 'm')).waitMs).toBeGreaterThan(50_000);
  });
});
