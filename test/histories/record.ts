import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { answered, callStart, ended, event, failure, FakeWorld, openLab } from '../workflows/harness';
import type { Lab } from '../workflows/harness';
import { eventually } from '../support/eventually';
import { startOwnTemporal } from '../support/own-servers';

interface Path {
  /** Changes the world before the call. */
  world?: (world: FakeWorld) => void;
  play: (lab: Lab, callId: string, world: FakeWorld) => Promise<WorkflowHandle>;
}

/** One history for each path through the call workflow. */
const paths: Record<string, Path> = {
  normal: {
    play: async (lab, callId, world) => {
      await lab.send(callId, answered());
      await eventually(() => world.registered.length === 1, 'the call is registered');
      return lab.send(callId, ended());
    },
  },
  resumed: {
    world: (world) => {
      world.alsoResolved = {
        resume: {
          bitrix24CallId: 'externalCall.before',
          userId: 1201,
          startedAt: callStart.startedAt,
          revision: 7_000_003,
          marks: [],
        },
      };
    },
    play: (lab, callId) => lab.send(callId, ended(), answered()),
  },
  'call-log-asked': {
    world: (world) => {
      world.alsoResolved = { callLog: true };
      world.callLogKnows = async () =>
        event('call-ended', { source: 'call-log', did: '74950000001', extension: '202' });
    },
    play: (lab, callId) =>
      lab.send(
        callId,
        event('call-ended', { callerNumber: '79991234567', direction: 'inbound', durationSeconds: 60 }),
      ),
  },
  'held-for-the-person': {
    world: (world) => {
      world.alsoResolved = { callLog: true };
      world.callLogKnows = async () => {
        if (world.askedCallLog.length <= 3) throw failure('NotYet', 'pbx-unreachable');
        return event('call-ended', { source: 'call-log', did: '74950000001', extension: '202' });
      };
    },
    play: (lab, callId) =>
      lab.send(
        callId,
        event('call-ended', { callerNumber: '79991234567', direction: 'inbound', durationSeconds: 60 }),
      ),
  },
  'end-first': { play: (lab, callId) => lab.send(callId, ended(), answered()) },
  'only-end': {
    play: (lab, callId) =>
      lab.send(callId, event('call-ended', { callerNumber: '79991234567', status: 'missed' })),
  },
  repeated: {
    play: (lab, callId) => {
      const [first, last] = [answered(), ended()];
      return lab.send(callId, first, first, last, last);
    },
  },
  transferred: {
    play: async (lab, callId, world) => {
      await lab.send(callId, answered());
      await eventually(() => world.registered.length === 1, 'the call is registered');
      await lab.send(callId, event('call-transferred', { extension: '201', toExtension: '202' }));
      await eventually(() => world.named('updateCards').length === 1, 'the card moves');
      return lab.send(callId, ended('202'));
    },
  },
  'ring-group': {
    play: async (lab, callId, world) => {
      await lab.send(callId, event('call-ringing', { ...callStart, extension: '201' }));
      await eventually(() => world.registered.length === 1, 'the call is registered');
      await lab.send(callId, event('call-ringing', { extension: '202' }));
      await eventually(() => world.named('updateCards').length === 1, 'the card is shown');
      return lab.send(callId, answered('202'), ended('202'));
    },
  },
  internal: {
    play: (lab, callId) =>
      lab.send(callId, event('call-answered', { ...callStart, direction: 'internal', extension: '201' })),
  },
  'end-not-told': {
    world: (world) => (world.rules = { ...world.rules, maxCallHours: 0.01 }),
    play: (lab, callId) => lab.send(callId, answered()),
  },
  'register-retried': {
    world: (world) => {
      const usual = world.activities.registerCall;
      let tries = 0;
      world.replace.registerCall = async (input) => {
        if (++tries < 3) throw failure('NotYet', 'portal-unreachable');
        delete world.replace.registerCall;
        return usual(input);
      };
    },
    play: (lab, callId) => lab.send(callId, answered(), ended()),
  },
  attention: {
    world: (world) => {
      world.replace.registerCall = async () => {
        throw failure('Refused', 'unsupported-number');
      };
    },
    play: async (lab, callId, world) => {
      const handle = await lab.send(callId, answered(), ended());
      await eventually(async () => (await lab.view(callId)).state === 'attention', 'attention');
      world.replace = {};
      await handle.signal('retryCall');
      return handle;
    },
  },
  'given-up': {
    world: (world) => {
      world.rules = { ...world.rules, attentionDays: 0.0005 };
      world.replace.registerCall = async () => {
        throw failure('NeedsPerson', 'statistics-right-missing');
      };
    },
    play: (lab, callId) => lab.send(callId, answered(), ended()),
  },
  'recording-announced': {
    world: (world) => {
      world.replace.attachRecording = async (input) => {
        if (input.recordingId === null) throw failure('NotYet', 'not-there');
        return { state: 'attached', bytes: 9, parts: 1, saved: true };
      };
    },
    play: async (lab, callId, world) => {
      await lab.send(callId, answered(), ended());
      await eventually(() => world.recordings.length > 0, 'the first look');
      return lab.send(callId, event('recording-ready', { recordingId: '55' }));
    },
  },
  'bad-payload': {
    play: (lab, callId) => lab.send(callId, answered(), { badPayload: 'not-encrypted' } as never, ended()),
  },
  report: {
    play: (lab, callId) =>
      lab.send(
        `report-${callId}`,
        event('call-report', { ...callStart, extension: '201', status: 'answered', durationSeconds: 5 }),
      ),
  },
  cancelled: {
    play: async (lab, callId, world) => {
      const handle = await lab.send(callId, answered());
      await eventually(() => world.registered.length === 1, 'the call is registered');
      await handle.cancel();
      return handle;
    },
  },
  missed: {
    play: (lab, callId) => {
      const end = { extension: '201', status: 'missed', endedAt: '2026-11-24T09:00:30+03:00' } as const;
      return lab.send(callId, event('call-ended', { ...callStart, ...end }));
    },
  },
  'two-ends': {
    play: async (lab, callId, world) => {
      await lab.send(callId, answered('202'));
      await eventually(() => world.registered.length === 1, 'the call is registered');
      const missed = { extension: '201', status: 'missed', endedAt: '2026-11-24T09:00:09+03:00' } as const;
      return lab.send(callId, event('call-ended', missed), ended('202'));
    },
  },
  'number-told-while-registering': {
    play: async (lab, callId, world) => {
      const { callerNumber, ...withoutNumber } = callStart;
      let answer = (): void => undefined;
      const { registerCall } = world.activities;
      world.replace.registerCall = async (input) => {
        await new Promise<void>((resolve) => (answer = resolve));
        delete world.replace.registerCall;
        return registerCall(input);
      };
      await lab.send(callId, event('call-answered', { ...withoutNumber, extension: '201' }));
      await eventually(() => world.registered.length === 1, 'the portal is asked');
      const handle = await lab.send(callId, { ...ended(), callerNumber });
      await eventually(() => world.named('prepareCall').length > 1, 'the number is claimed');
      answer();
      return handle;
    },
  },
  'one-user-with-two-phones': {
    world: (world) => (world.users = { ...world.users, '202': 1201 }),
    play: async (lab, callId, world) => {
      await lab.send(callId, event('call-ringing', { ...callStart, extension: '201' }));
      await eventually(() => world.registered.length === 1, 'the call is registered');
      await lab.send(callId, event('call-ringing', { extension: '202' }));

      return lab.send(callId, answered('202'), ended('202'));
    },
  },
  'announced-days-after': {
    world: (world) => {
      world.replace.attachRecording = async (input) => {
        if (input.recordingId === null) throw failure('NotYet', 'not-there');
        return { state: 'attached', bytes: 9, parts: 1, saved: true };
      };
    },
    play: async (lab, _callId, world) => {
      // Of a PBX that counts its calls.
      const handle = await lab.send('41', answered(), ended());
      await eventually(() => world.recordings.length > 0, 'the first look');
      await lab.send('41', event('recording-ready', { recordingId: '55' }));

      return handle;
    },
  },
};

/** Plays every path on a real server and writes its history, without names of this machine. */
export async function recordHistories(folder: string): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'record-'));
  const server = await startOwnTemporal({ dir: dataDir });
  process.env.TEST_TEMPORAL_ADDRESS = server.address;
  try {
    for (const [name, { world: change, play }] of Object.entries(paths)) {
      const world = new FakeWorld();
      change?.(world);
      const lab = await openLab(world);
      const handle = await play(lab, `recorded-${name}`, world);
      await handle.result();
      const json = withoutPaths(historyToJSON(await handle.fetchHistory())).replace(
        /("identity": ")[^"]*(")/g,
        '$1recorder$2',
      );
      writeFileSync(path.join(folder, `${name}.json`), `${json}\n`);
      process.stdout.write(`${name}\n`);
      await lab.close();
    }
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  process.exit(0);
}

/** Stack traces name the folder that they were made in. */
function withoutPaths(json: string): string {
  return json.replaceAll(`${path.resolve(__dirname, '../..')}/`, '');
}
