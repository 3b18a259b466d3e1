import type { CallView } from '../../src/domain/call-view';
import type { ExpectedCall } from '../threecx/play-options';
import type { AdminClient } from './admin-client';
import type { DemoCall } from './demo-calls';
import { people } from './stand-ins';
import type { StandIns } from './stand-ins';

/** What became of one call, and whether that is what had to. */
export interface DemoResult {
  title: string;
  call: CallView | null;
  /** What differs from the script; empty: all right. */
  differences: string[];
}

const patienceMs = 90_000;

const statusCode = { answered: '200', missed: '304', busy: '486', cancelled: '603-S' } as const;

/** Plays one call and waits until it is finished and its recording is settled. */
export async function playCall(
  demoCall: DemoCall,
  world: { standIns: StandIns; admin: AdminClient; apiUrl: string; token: string },
): Promise<DemoResult> {
  const { standIns, admin, apiUrl, token } = world;
  const { title, scenario, connection, cast, recordingDelayMs = 500 } = demoCall;
  const played = await standIns.pbx.control.play(scenario, {
    to: { url: apiUrl, connection, token },
    cast,
    recordings: { callLogDelayMs: 200, recordingDelayMs, fileDelayMs: 100 },
  });
  const refused = played.failed.map(({ event, status }) => `${event} was answered ${status}`);
  const expected = played.calls[0];
  if (expected === undefined || refused.length > 0) return { title, call: null, differences: refused };
  const call = await settledCall(admin, connection, expected.callId);
  return { title, call, differences: compare(call, expected, standIns) };
}

async function settledCall(admin: AdminClient, connection: string, callId: string): Promise<CallView> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const route = `connections/${connection}/calls/${encodeURIComponent(callId)}`;
    const call = await admin.ask<CallView>('GET', route);
    const settled = call.state === 'finished' && call.recording.state !== 'waiting';
    if (settled || Date.now() > until) return call;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function compare(call: CallView, expected: ExpectedCall, { portal, pbx }: StandIns): string[] {
  const differences: string[] = [];
  const must = (what: string, is: unknown, wanted: unknown): void => {
    if (is !== wanted) differences.push(`${what} is ${String(is)} and must be ${String(wanted)}`);
  };
  const userOf = (extension: string | undefined): number | undefined =>
    people.find((person) => person.extension === extension)?.userId;
  const recording = expected.recordings[0];

  must('state', call.state, 'finished');
  must('user', call.userId, userOf(expected.extension ?? expected.rang[0]));
  must('line', call.lineNumber, expected.did);
  must('status', call.status, statusCode[expected.status ?? 'missed']);
  must('talk time', call.durationSeconds, expected.durationSeconds);
  must('recording', call.recording.state, recording === undefined ? 'none' : 'attached');

  const rows = portal.control.statistics.filter((row) => row.callId === call.bitrix24CallId);
  must('rows in Bitrix24’s statistics', rows.length, 1);
  must('direction in Bitrix24', rows[0]?.type, expected.direction === 'outbound' ? 1 : 2);
  // A transferred call has several recordings, which are joined; a single one arrives unchanged.
  if (recording !== undefined && expected.recordings.length === 1) {
    const file = portal.control.recordOf(call.bitrix24CallId ?? '');
    must(
      'bytes of the recording',
      file?.bytes,
      pbx.control.recordings.find(({ id }) => id === recording.id)?.bytes,
    );
  }
  return differences;
}
