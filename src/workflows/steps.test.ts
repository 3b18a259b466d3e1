import type { ActivityOptions } from '@temporalio/workflow';
import { proxyActivities } from '@temporalio/workflow';
import { msToNumber } from '@temporalio/common/lib/time';
import { recordingStep } from './steps';

jest.mock('@temporalio/workflow', () => ({
  ...jest.requireActual<object>('@temporalio/workflow'),
  proxyActivities: jest.fn(() => ({})),
}));

const hourMs = 3_600_000;

it('a recording may take hours on a slow line, and heartbeats tell when its worker is dead', () => {
  recordingStep({ httpTimeoutMs: 65_000, timeScale: 1, taskQueue: 'calls' }, 48 * hourMs);
  const [options] = jest.mocked(proxyActivities).mock.lastCall as [ActivityOptions];
  const attemptMs = msToNumber(options.startToCloseTimeout!);
  // Eight recordings of 28 MB side by side on a line of 1 Mbit/s.
  const uploadsMs = ((8 * 28_000_000 * 8) / 1_000_000) * 1_000;
  expect(attemptMs).toBeGreaterThan(2 * uploadsMs);
  expect(msToNumber(options.heartbeatTimeout!)).toBeLessThanOrEqual(30_000);
  expect(msToNumber(options.scheduleToCloseTimeout!)).toBeGreaterThan(attemptMs);
});
