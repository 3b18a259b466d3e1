import { CallTeller } from './call-plan';
import type { CallPlan } from './call-plan';

/** Who plays in a scenario. */
export interface Cast {
  /** E.164 digits of the client. */
  caller: string;
  /** Name that the trunk shows; null: none. */
  callerName: string | null;
  did: string;
  /** Extensions in the order in which they come up; at least three, e.g. 101, 102, 103. */
  agents: string[];
  queue: string;
  ringGroup: string;
  /** Seconds of each talk. Default 60. */
  talkS: number;
}

/** One call of a scenario. */
export interface ScenarioCall {
  plan: CallPlan;
  /** Seconds from the scenario's start. */
  atS: number;
  /** The PBX restarts just before this call: callids begin again at 1. */
  restartBefore?: boolean;
  /** The PBX restarts in the middle of this call. */
  restartAtS?: number;
}

type Scenario = (cast: Cast) => ScenarioCall[];

/** Hours between two calls that must not be taken for one though a restart gave them one callid. */
const dayAndMoreS = 26 * 3_600;

function one(plan: CallPlan): ScenarioCall[] {
  return [{ plan, atS: 0 }];
}

function inbound(cast: Cast, more: { recorded?: boolean } = {}): CallTeller {
  return new CallTeller({ caller: cast.caller, callerName: cast.callerName, did: cast.did, ...more });
}

function agent(cast: Cast, index: number): string {
  const extension = cast.agents[index] ?? cast.agents.at(-1);
  if (extension === undefined) throw new Error('A scenario needs agents');
  return extension;
}

function answered(cast: Cast): CallPlan {
  const a = agent(cast, 0);
  return inbound(cast)
    .ring(a, 1)
    .answer(a, 6)
    .end(6 + cast.talkS);
}

/** The calls that can be played (3cx.md 11 F). */
export const scenarios = {
  'inbound-answered': (cast) => one(answered(cast)),
  'inbound-missed': (cast) => one(inbound(cast).ring(agent(cast, 0), 1).end(25)),
  'inbound-busy': (cast) => one(inbound(cast).end(2, null, 'busy')),
  'ring-group': (cast) => {
    const [a, b, c] = [0, 1, 2].map((index) => agent(cast, index)) as [string, string, string];
    const call = inbound(cast).enter(cast.ringGroup, 1).ring(a, 2).ring(b, 2).ring(c, 2);
    return one(call.answer(b, 9).end(9 + cast.talkS));
  },
  'ring-group-missed': (cast) => {
    const call = inbound(cast).enter(cast.ringGroup, 1);
    for (const index of [0, 1, 2]) call.ring(agent(cast, index), 2);
    return one(call.end(32));
  },
  queue: (cast) => {
    const [a, b] = [agent(cast, 0), agent(cast, 1)];
    const call = inbound(cast).enter(cast.queue, 1).ring(a, 3).stop(a, 18).ring(b, 19);
    return one(call.answer(b, 24).end(24 + cast.talkS));
  },
  'blind-transfer': (cast) => {
    const [a, b] = [agent(cast, 0), agent(cast, 1)];
    const call = inbound(cast).ring(a, 1).answer(a, 5);
    return one(call.blindTransfer(a, b, 35, 41).end(41 + cast.talkS));
  },
  'attended-transfer': (cast) => {
    const [a, b] = [agent(cast, 0), agent(cast, 1)];
    const call = inbound(cast).ring(a, 1).answer(a, 5);
    return one(call.attendedTransfer(a, b, { askS: 30, answerS: 34, joinS: 45 }).end(45 + cast.talkS));
  },
  'outbound-answered': (cast) =>
    one(
      outbound(cast)
        .dial(1)
        .outsideAnswers(9)
        .end(9 + cast.talkS),
    ),
  'outbound-not-answered': (cast) => one(outbound(cast).dial(1).end(31)),
  internal: (cast) => {
    const [a, b] = [agent(cast, 0), agent(cast, 1)];
    const call = new CallTeller({ direction: 'internal', dialler: a });
    return one(
      call
        .ring(b, 1)
        .answer(b, 4)
        .end(4 + cast.talkS),
    );
  },
  anonymous: (cast) => one(answered({ ...cast, caller: '', callerName: null })),
  'same-number-twice': (cast) => {
    const [a, b] = [agent(cast, 0), agent(cast, 1)];
    const call = (extension: string): CallPlan =>
      inbound(cast)
        .ring(extension, 1)
        .answer(extension, 5)
        .end(5 + cast.talkS);
    return [
      { plan: call(a), atS: 0 },
      { plan: call(b), atS: 2 },
    ];
  },
  'recording-off': (cast) => {
    const a = agent(cast, 0);
    const call = inbound(cast, { recorded: false }).ring(a, 1).answer(a, 6);
    return one(call.end(6 + cast.talkS));
  },
  'pbx-restart': (cast) => [
    { plan: answered(cast), atS: 0, restartBefore: true },
    { plan: answered(cast), atS: dayAndMoreS, restartBefore: true },
  ],
  'restart-mid-call': (cast) => {
    const a = agent(cast, 0);
    const torn = inbound(cast).ring(a, 1).answer(a, 6).end(20, null, 'torn');
    return [
      { plan: torn, atS: 0, restartAtS: 20 },
      { plan: answered(cast), atS: 90 },
    ];
  },
  'moscow-to-petersburg': (cast) => {
    const moscow = { ...cast, did: '74951234567' };
    const call = inbound(moscow).enter(cast.queue, 1).ring('101', 3).stop('101', 18).ring('201', 19);
    return one(call.answer('201', 25).end(25 + cast.talkS));
  },
} satisfies Record<string, Scenario>;

/** Name of a call that can be played. */
export type ScenarioName = keyof typeof scenarios;

/** All names, in the order of the list. */
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

function outbound(cast: Cast): CallTeller {
  return new CallTeller({ direction: 'outbound', dialler: agent(cast, 0), caller: cast.caller });
}
