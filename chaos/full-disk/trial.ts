import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminClient } from '../../simulators/demo/admin-client';
import type { StandIns } from '../../simulators/demo/stand-ins';
import { people, startStandIns } from '../../simulators/demo/stand-ins';
import type { ExpectedCall } from '../../simulators/threecx/play-options';
import { BridgeProcess } from '../../test/support/bridge-process';
import type { SmallDisk } from './small-disk';

/** What became of it all. */
export interface Found {
  /** How often which answer was given to a webhook, by phase, e.g. `full 503`. */
  answers: Record<string, number>;
  slowestMs: number;
  calls: number;
  /** How often mongod or Temporal ended by itself. */
  ended: number;
  /** What must not be, in words; empty: all holds. */
  wrong: string[];
}

type Phase = 'before' | 'full' | 'freed';

const connection = 'demo';
const extension = '201';
const userId = people.find((one) => one.extension === extension)?.userId;
const deadlineMs = 2_500;
/** A call each so many milliseconds: the portal's limits are real here, and hold back more. */
const paceMs = 4_000;
const patienceMs = 300_000;

/**
 * Runs `npm start` with its data on the disk, lets calls come in while it is full for `fullMs`, frees it, and looks whether each
 * call stands in the portal once, with its recording. Only what 3CX's call log tells makes good what was refused.
 */
export async function fillUnderCalls(
  disk: SmallDisk,
  fullMs: number,
  say: (line: string) => void,
): Promise<Found> {
  const standIns = await startStandIns({ pbx: 0, portal: 0 });
  const key = randomBytes(24).toString('hex');
  const env = {
    DATA_DIR: `${disk.folder}/data`,
    ADMIN_API_KEY: key,
    DATA_KEY: randomBytes(32).toString('base64'),
    WORKFLOW_TIME_SCALE: '20',
    HTTP_TIMEOUT_MS: '3000',
  };
  const bridge = await BridgeProcess.start({ kind: 'all', env });
  try {
    const token = randomBytes(18).toString('base64url');
    const admin = new AdminClient(bridge.url, key);
    await admin.connect(connection, standIns, token, 'xapi');
    const sender = new Sender(standIns, bridge.url, token);
    await sender.during('before', 3 * paceMs);
    disk.fill();
    say(`The disk is full: ${disk.freeBytes} bytes are free.`);
    await sender.during('full', fullMs);
    disk.free();
    say(`The disk was freed; so far: ${JSON.stringify(sender.answers)}`);
    await sender.during('freed', 3 * paceMs);
    const missing = await healed(sender.calls, standIns, admin);
    const wrong = [...missing, ...(await check(sender, standIns))];
    if (!bridge.running) wrong.push('the bridge ended');
    const ended = bridge.output.match(/ended by itself/g)?.length ?? 0;
    return { answers: sender.answers, slowestMs: sender.slowestMs, calls: sender.calls.length, ended, wrong };
  } finally {
    disk.free();
    await bridge.stop('SIGTERM');
    await standIns.close();
  }
}

/** Plays calls at the PBX and sends their webhooks as 3CX does: once. */
class Sender {
  readonly answers: Record<string, number> = {};
  readonly calls: ExpectedCall[] = [];
  slowestMs = 0;

  constructor(
    private readonly standIns: StandIns,
    private readonly apiUrl: string,
    private readonly token: string,
  ) {}

  async during(phase: Phase, ms: number): Promise<void> {
    for (const until = Date.now() + ms; Date.now() < until; await sleep(paceMs)) await this.call(phase);
  }

  private async call(phase: Phase): Promise<void> {
    const caller = `7903${String(1_000_000 + this.calls.length)}`;
    const { calls } = await this.standIns.pbx.control.play('inbound-answered', {
      cast: { agents: [extension], did: '74951234567', talkS: 20, caller },
      recordings: { callLogDelayMs: 0, recordingDelayMs: 0, fileDelayMs: 0 },
    });
    const call = calls[0]!;
    this.calls.push(call);
    const { callId, startedAt, answeredAt, endedAt, durationSeconds: duration } = call;
    const common = { callId, callerNumber: `+${caller}`, did: '+74951234567', direction: 1, extension };
    await this.send(phase, 'call-answered', { ...common, startedAt, answeredAt });
    await this.send(phase, 'call-ended', { ...common, endedAt, duration, status: 'answered' });
  }

  private async send(phase: Phase, event: string, fields: object): Promise<void> {
    const begunMs = performance.now();
    const answer = await fetch(`${this.apiUrl}/webhooks/3cx/${connection}/${event}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    const { heldBy = '' } = (await answer.json()) as { heldBy?: string };
    const name = `${phase} ${answer.status} ${heldBy}`.trimEnd();
    this.answers[name] = (this.answers[name] ?? 0) + 1;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - begunMs);
  }
}

/** Waits until every call stands in the portal with its recording; what is still missing when patience ends. */
async function healed(calls: ExpectedCall[], standIns: StandIns, admin: AdminClient): Promise<string[]> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const missing = calls.filter((call) => !isWhole(call, standIns));
    if (missing.length === 0) return [];
    if (Date.now() > until)
      return missing.map(({ callId }) => `call ${callId} is not in the portal, or without its recording`);
    // The servers may still be on their way back.
    await admin.ask('POST', `connections/${connection}/reconcile`).catch(() => undefined);
    await sleep(5_000);
  }
}

function rowsOf({ callId }: ExpectedCall, { portal }: StandIns): typeof portal.control.statistics {
  return portal.control.statistics.filter((row) => row.externalCallId === `${connection}/${callId}`);
}

function isWhole(call: ExpectedCall, standIns: StandIns): boolean {
  const { control } = standIns.portal;
  return rowsOf(call, standIns).some((row) => control.recordOf(row.callId) !== undefined);
}

async function check({ calls, answers, slowestMs }: Sender, standIns: StandIns): Promise<string[]> {
  const { openCalls, activities, statistics } = standIns.portal.control;
  const wrong: string[] = [];
  for (const call of calls)
    for (const difference of await differences(call, standIns))
      wrong.push(`call ${call.callId} ${difference}`);
  if (new Set(activities.map(({ callId }) => callId)).size !== activities.length)
    wrong.push('a call has two activities');
  if (statistics.length > calls.length) wrong.push('the portal has rows of no call');
  if (openCalls.length > 0) wrong.push(`${openCalls.length} calls are still open in the portal`);
  const others = Object.keys(answers).filter((name) => !/ (202 (temporal|inbox)|503)$/.test(name));
  if (others.length > 0) wrong.push(`answers that may not be: ${others.join(', ')}`);
  if (slowestMs > deadlineMs) wrong.push(`a webhook waited ${Math.round(slowestMs)} ms`);
  if (!Object.keys(answers).some((name) => /^full (503|202 inbox)$/.test(name)))
    wrong.push('the full disk hindered nobody: nothing is proved');
  return wrong;
}

/** Between a call of the PBX and what the portal has of it; a call that it lacks is told elsewhere. */
async function differences(call: ExpectedCall, standIns: StandIns): Promise<string[]> {
  const { pbx, portal } = standIns;
  const [row, ...more] = rowsOf(call, standIns);
  if (row === undefined) return [];
  const found: string[] = [];
  if (more.length > 0) found.push(`stands in the portal ${more.length + 1} times`);
  if (row.durationSeconds !== call.durationSeconds) found.push('has the wrong duration');
  if (row.userId !== userId) found.push('belongs to somebody else');
  const file = portal.control.recordOf(row.callId);
  const wanted = pbx.control.sha256(call.recordings[0]!.id);
  if (file !== undefined && (await portal.control.sha256(file.id)) !== wanted)
    found.push('has the wrong recording');
  return found;
}
