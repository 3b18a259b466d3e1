import type { RecordingInput, RecordingResult } from '../../src/domain/call-steps';
import { recordingStep } from '../../src/workflows/steps';

/** The last step of a call, with the product's own options, for a call that was finished earlier. */
export async function backlog(taskQueue: string, input: RecordingInput): Promise<RecordingResult> {
  return recordingStep({ httpTimeoutMs: 65_000, timeScale: 1, taskQueue }, 48 * 3_600_000)(input);
}
