import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { bundleForReplay, replayAll, storedHistories } from './replay';

Runtime.install({ logger: new DefaultLogger('ERROR') });

describe('the stored histories', () => {
  it('cover every path through a call', () => {
    expect(storedHistories().length).toBeGreaterThanOrEqual(15);
  });

  it('fit today’s workflow code', async () => {
    expect(await replayAll(await bundleForReplay())).toEqual([]);
  });

  it('each catch an incompatible change', async () => {
    const changed = await bundleForReplay(path.join(__dirname, 'incompatible'));
    const failures = await replayAll(changed);
    expect(failures.map(({ name }) => name).sort()).toEqual(storedHistories());
  });
});
