import { PeerError } from '../../src/domain/peer-error';
import type { ThreecxContext } from '../../src/threecx';
import { testConnection } from '../support/test-connection';
import { recordingQuery, ThreecxBench } from '../support/threecx-bench';
import type { PbxMethod } from './cases/pbx-answers';
import { pbxAnswers, pbxSecret } from './cases/pbx-answers';
import { HostileServer } from './hostile-server';

const deadlineMs = 15_000;
const pbx = new HostileServer();
let bench: ThreecxBench;
beforeAll(() => pbx.listen());
afterAll(() => pbx.close());
beforeEach(async () => {
  bench = await ThreecxBench.start();
  pbx.asked.length = 0;
});
afterEach(() => bench.close());

type Threecx = Parameters<typeof testConnection>[1];
const context = (threecx: Threecx = {}): ThreecxContext => ({
  connection: testConnection(
    pbx.url,
    { auth: { kind: 'token', token: pbxSecret }, ...threecx },
    bench.connectionId,
  ),
  callId: 'call-1',
  attempt: 1,
});
const range = { from: new Date('2026-11-25T10:00:00Z'), to: new Date('2026-11-25T11:00:00Z') };
const find = (threecx: Threecx): Promise<unknown> =>
  bench.client.findRecordings(context(threecx), recordingQuery(range.to));
const requests: Record<PbxMethod, () => Promise<unknown>> = {
  callLog: () => bench.client.callLog(context(), range),
  recordings: () => find({ recordings: 'xapi' }),
  recordingsByCallId: () => find({ recordings: 'by-call-id' }),
  logIn: () =>
    bench.client.callLog(
      context({ auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: pbxSecret } }),
      range,
    ),
};

it.each(pbxAnswers)('%s', async (_name, method, answer, outcome) => {
  pbx.answer = answer;
  const started = performance.now();
  const made: unknown = await requests[method]().catch((error: unknown) => error);
  expect(performance.now() - started).toBeLessThan(deadlineMs);
  expect(pbx.asked.length).toBeGreaterThan(0);
  if (typeof outcome !== 'string') return expect(made).toMatchObject(outcome);
  if (!(made instanceof PeerError)) throw new Error('No refusal', { cause: made });
  expect(`${made.reaction} ${made.reason}`).toBe(outcome);
  expect(JSON.stringify([made, made.message, made.stack])).not.toContain(pbxSecret);
});
