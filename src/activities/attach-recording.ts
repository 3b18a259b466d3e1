import { Context } from '@temporalio/activity';
import type { CallActivities } from '../domain/call-steps';
import type { ActivityDependencies } from './dependencies';
import { needsPerson } from './failures';
import { Pulse } from './pulse';
import { RecordingAttempt } from './recording-attempt';
import { RecordingLedger } from './recording-ledger';

/** Well below the heartbeat time-out of the step, whatever the network does meanwhile. */
const heartbeatMs = 3_000;
/** Under 2 GiB, where counters of 31 bits end at the portal's side. */
const maxRecordingBytes = 2 * 1024 ** 3 - 16 * 1024 ** 2;

/**
 * Fetches the recording of a finished call from 3CX and attaches it in Bitrix24. One run is one look: not there yet is a
 * failure that says when to look again. Repeating it is safe: before a repeated upload it asks the portal whether the
 * recording is attached already.
 */
export function createAttachRecording(
  deps: ActivityDependencies,
  { maxBytes } = { maxBytes: maxRecordingBytes },
): CallActivities['attachRecording'] {
  return async (input) => {
    const activity = Context.current();
    const ledger = new RecordingLedger(deps, input, activity.info.attempt);
    if (input.first !== true || activity.info.attempt > 1) await ledger.read();
    const stored = await deps.store.connections.recent(input.connection);
    if (stored === null)
      throw needsPerson(
        'connection-missing',
        'Create the connection again, or leave the recording to be given up.',
      );
    const connection = stored.value;
    const pulse = new Pulse(activity, heartbeatMs);
    const attempt = new RecordingAttempt({ deps, input, connection, activity, pulse, ledger, maxBytes });
    pulse.start(() => attempt.progress);
    try {
      const outcome = await attempt.run();
      return { ...outcome, attempts: ledger.attempts, saved: await ledger.close(outcome) };
    } finally {
      pulse.stop();
      await attempt.cleanUp();
    }
  };
}
