import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PlacedForTest } from './lab';
import { Lab } from './lab';

jest.setTimeout(180_000);

const hourMs = 3_600_000;
const shiftedClock = pathToFileURL(path.join(__dirname, '../support/shifted-clock.mjs')).href;

/** The clocks of our own machines go wrong; those of 3CX, Bitrix24, MongoDB and Temporal are right (F47). */
describe('a call while our clocks are wrong', () => {
  let lab: Lab;

  const setClock = (kind: 'api' | 'worker', offsetMs: number): Promise<void> =>
    writeFile(path.join(lab.dataDir, `${kind}-clock`), String(offsetMs));
  const start = async (kind: 'api' | 'worker', offsetMs: number): Promise<void> => {
    await setClock(kind, offsetMs);
    await lab.start(kind, {
      NODE_OPTIONS: `--import=${shiftedClock}`,
      CLOCK_OFFSET_FILE: path.join(lab.dataDir, `${kind}-clock`),
    });
  };
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.close());

  it.each([
    ['the API is two hours ahead, the worker two hours behind', 2, -2],
    ['the API is two hours behind, the worker two hours ahead', -2, 2],
  ])('is whole, with its own start, when %s', async (_, apiHours, workerHours) => {
    await start('api', apiHours * hourMs);
    await start('worker', workerHours * hourMs);
    await lab.connect();
    const call = await lab.placeCall({}, { recordingDelayMs: 6_000 });
    expect(await lab.send('call-answered', call.answered)).toMatchObject({ status: 202 });
    expect(await lab.send('call-ended', call.ended)).toMatchObject({ status: 202 });
    await expectRight(call);
  });

  it('is whole when both are set forward while it runs, and back again', async () => {
    await start('api', 0);
    await start('worker', 0);
    await lab.connect();
    const call = await lab.placeCall({}, { recordingDelayMs: 6_000 });
    await lab.send('call-answered', call.answered);
    await lab.callThat(call.callId, (view) => view.bitrix24CallId !== null, 'the call is registered');
    await setClock('api', 2 * hourMs);
    await setClock('worker', 2 * hourMs);
    await lab.send('call-ended', call.ended);
    await lab.callThat(call.callId, (view) => view.state === 'finished', 'the call is finished');
    await setClock('worker', 0);
    await expectRight(call);
  });

  async function expectRight(call: PlacedForTest): Promise<void> {
    const view = await lab.expectWholeOnce(call.callId, call.recordingId);
    const [row] = lab.portal.control.statistics;
    const toldMs = Date.parse(String(call.answered.startedAt));
    expect(row!.startedAt).toBe(Math.floor(toldMs / 1_000) * 1_000);
    expect(view.recording.state).toBe('attached');
    expect(lab.portal.control.requests('telephony.externalcall.register')).toHaveLength(1);
    // A token that is taken for expired is minted anew for each request.
    expect(lab.pbx.control.mintedTokens).toBeLessThanOrEqual(2);
  }
});
