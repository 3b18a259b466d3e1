import { setTimeout as pause } from 'node:timers/promises';
import { DeliveryDesk } from './delivery-desk';
import { expectedCall } from './expected-call';
import { followOnPhones } from './live-story';
import { callIdOf } from './message-parts';
import { messagesFor } from './messages';
import type { Pbx } from './pbx';
import { endCall, placeCall } from './place-call';
import type { PlacedCall } from './place-call';
import type { Delivery, Happening, Played, PlayOptions } from './play-options';
import type { MomentPlan } from './call-plan';
import type { Cast, ScenarioCall } from './scenarios';

/** Longest silence of a paced play, in seconds of the story; what is longer is cut. */
const longestSilenceS = 120;

interface Step {
  atS: number;
  happen: (at: number) => Happening | null;
}

/**
 * Plays a scenario: lets its calls happen in the PBX and tells the bridge of them. The stamps are the story's own, so
 * nothing waits for real time unless `speed` is finite.
 */
export async function play(
  pbx: Pbx,
  scenario: { name: string; calls: ScenarioCall[] },
  options: PlayOptions,
  note: (delivery: Delivery) => void,
): Promise<Played> {
  const speed = options.speed ?? Infinity;
  if (!(speed >= 1)) throw new Error('speed is at least 1');
  const placed: PlacedCall[] = [];
  const steps = scenario.calls.flatMap((call) => stepsOf(pbx, call, options, placed));
  steps.sort((a, b) => a.atS - b.atS);
  const lengthS = Math.max(...scenario.calls.map((call) => call.atS + call.plan.endS));
  const pacedS = pacedLength(steps.filter((step) => step.atS <= lengthS));
  const startAt = options.startAt ?? Math.floor(pbx.clock.now() + (pacedS / speed - lengthS) * 1000);
  const desk = new DeliveryDesk(pbx, options, note);
  let before = 0;
  for (const step of steps) {
    const waitMs = (Math.min(step.atS - before, longestSilenceS) / speed) * 1000;
    before = step.atS;
    if (waitMs >= 1) await pause(waitMs, undefined, { signal: pbx.closing });
    const happening = step.happen(startAt + Math.round(step.atS * 1000));
    if (happening === null) continue;
    followOnPhones(pbx, happening);
    if (options.to !== undefined)
      await desk.tell(messagesFor(happening, { pbx, options, to: options.to }), happening);
    await options.onMoment?.(happening);
  }
  const deliveries = await desk.settle();
  const calls = placed.flatMap((one) => (one.consultation === null ? [one] : [one, one.consultation]));
  return {
    scenario: scenario.name,
    calls: calls.map((one) => expectedCall(scenario.name, one, callIdOf({ placed: one }, options))),
    deliveries,
    failed: deliveries.filter((one) => one.attempts > 0 && (one.status < 200 || one.status > 299)),
  };
}

/** Cast of a scenario when nothing else is said. */
export function castOf(pbx: Pbx, cast: Partial<Cast> = {}): Cast {
  const { extensions, groups, dids } = pbx.directory;
  return {
    caller: '79161234567',
    callerName: null,
    did: dids[0]?.number ?? '74951234567',
    agents: extensions.map((extension) => extension.number),
    queue: groups.find((group) => group.kind === 'queue')?.number ?? '800',
    ringGroup: groups.find((group) => group.kind === 'ring-group')?.number ?? '801',
    talkS: 60,
    ...cast,
  };
}

function pacedLength(steps: Step[]): number {
  let before = 0;
  let length = 0;
  for (const { atS } of steps) {
    length += Math.min(atS - before, longestSilenceS);
    before = atS;
  }
  return length;
}

function stepsOf(pbx: Pbx, call: ScenarioCall, options: PlayOptions, all: PlacedCall[]): Step[] {
  const holder: { placed?: PlacedCall } = {};
  const mine = (): PlacedCall => {
    if (holder.placed === undefined) throw new Error('The call has not started');
    return holder.placed;
  };
  const steps: Step[] = call.plan.moments.map((moment) => ({
    atS: call.atS + moment.atS,
    happen: (at) => {
      if (moment.kind === 'started') {
        if (call.restartBefore === true) pbx.restart();
        holder.placed = placeCall(pbx, call.plan, at, options.recordings);
        all.push(holder.placed);
      }
      if (mine().call.torn) return null;
      if (moment.kind === 'ended') endCall(pbx, mine());
      return told(moment, at, mine());
    },
  }));
  // The consultation is a call of its own, told among the moments of the main one.
  for (const moment of call.plan.consultation?.moments ?? []) {
    const atS = moment.kind === 'started' ? asked(call) : moment.atS;
    const before = steps.findIndex((step) => step.atS > call.atS + atS);
    steps.splice(before < 0 ? steps.length : before, 0, {
      atS: call.atS + atS,
      happen: (at) => (mine().call.torn ? null : told(moment, at, mine().consultation ?? mine())),
    });
  }
  if (call.restartAtS !== undefined)
    steps.push({
      atS: call.atS + call.restartAtS,
      happen: () => {
        pbx.restart();
        return null;
      },
    });
  const readyS =
    call.plan.endS + (options.recordings?.recordingDelayMs ?? pbx.switches.recordingDelayMs) / 1000;
  const count = call.plan.legs.length;
  for (let index = 0; index < count && Number.isFinite(readyS); index += 1) {
    steps.push({
      atS: call.atS + readyS,
      happen: (at) => {
        const recording = mine().recordings[index];
        if (recording === undefined || mine().call.torn) return null;
        return {
          kind: 'recording',
          at,
          extension: recording.extension,
          toExtension: null,
          placed: mine(),
          recording,
        };
      },
    });
  }
  return steps;
}

function asked(call: ScenarioCall): number {
  return call.plan.consultation?.moments.find((moment) => moment.kind === 'ringing')?.atS ?? 0;
}

function told(moment: MomentPlan, at: number, placed: PlacedCall): Happening {
  const { kind, extension, toExtension } = moment;
  return { kind, at, extension, toExtension, placed, recording: null };
}
