import type { ScenarioName } from '../simulators/threecx/scenarios';
import { generator, shuffled } from '../simulators/common/random';
import type { FaultKind, Lane } from './kinds';
import { kinds } from './kinds';
import { lines } from './lab';

/** What the sender does wrong, named after the fault matrix. */
export const senderKinds = {
  'event-lost': 'F43',
  'event-repeated': 'F41',
  'events-reordered': 'F42',
  'recording-late': 'F37',
  burst: 'F45',
  'same-number-twice': 'F44',
} as const;
export type SenderKind = keyof typeof senderKinds;

const lossShare = 0.02;
const repeatShare = 0.05;
const reorderShare = 0.05;
const lateShare = 0.2;
/** Share of the calls that a fault is sure to meet. */
const baitShare = 0.7;
/** Usual length of one fault of the processes with its restarts. */
const processFaultS = 9;
/** The events that a scenario may tell. */
const events = [
  'call-started',
  'call-ringing',
  'call-answered',
  'call-transferred',
  'call-ended',
  'recording-ready',
];

/** How often each scenario comes among calls that are no bait. */
const scenarios: [ScenarioName, number][] = [
  ['inbound-answered', 4],
  ['inbound-missed', 2],
  ['outbound-answered', 2],
  ['blind-transfer', 1],
  ['queue', 1],
  ['ring-group', 1],
  ['outbound-not-answered', 1],
  ['inbound-busy', 1],
  ['recording-off', 1],
  ['same-number-twice', 1],
];

const unrecorded: ScenarioName[] = [
  'inbound-missed',
  'inbound-busy',
  'outbound-not-answered',
  'recording-off',
];

/** One play of a scenario and what goes wrong on its way. */
export interface PlannedCall {
  scenario: ScenarioName;
  /** Milliseconds from the start of the fault phase; null: played when its fault is set. */
  atMs: number | null;
  /** E.164 digits, this call's own. */
  caller: string;
  did: string;
  agents: string[];
  talkS: number;
  /** Times faster than life; reordering and bursts have none. */
  speed: number;
  lose: string[];
  repeat: string[];
  reordered: boolean;
  burst: boolean;
  recordingDelayMs: number;
  seed: number;
}

export interface PlannedFault {
  atMs: number;
  kind: FaultKind;
  seed: number;
  /** A whole call that it will meet. */
  bait: PlannedCall;
}

export interface Plan {
  lanes: Record<Lane, PlannedFault[]>;
  /** Calls that are no bait, in the order of their time. */
  calls: PlannedCall[];
  sender: Record<SenderKind, number>;
}

/** Number of a call: all share their beginning, so that a leak is found fast. */
export function callerOf(index: number): string {
  return `7916777${String(index).padStart(4, '0')}`;
}

/** A call at which nothing goes wrong on the way. */
export function wholeCall(index: number, random: () => number): PlannedCall {
  return {
    scenario: 'inbound-answered',
    atMs: null,
    caller: callerOf(index),
    did: pick(lines, random),
    agents: shuffled(['101', '102', '103', '201', '202'], random),
    talkS: 5 + Math.floor(random() * 10),
    speed: 10,
    lose: [],
    repeat: [],
    reordered: false,
    burst: false,
    recordingDelayMs: 0,
    seed: Math.floor(random() * 2 ** 31),
  };
}

/** What a plan depends on. */
export interface PlanOptions {
  calls: number;
  seed: number;
  minutes: number;
  /** Index of the first call. */
  from: number;
  /** Faults too after which the bridge leaves the portal alone for up to a quarter of an hour. */
  longBlocks: boolean;
}

/** The schedule of a run: the same seed, calls and minutes give the same one. */
export function makePlan(options: PlanOptions): Plan {
  const random = generator(options.seed);
  const lengthMs = options.minutes * 60_000;
  let index = options.from;
  const chosen = chooseKinds(options, random);
  const lane = (name: Lane): PlannedFault[] => {
    const own = chosen.filter((kind) => kind.lane === name);
    return own.map((kind, at) => ({
      kind,
      atMs: Math.round((at / own.length) * lengthMs),
      seed: Math.floor(random() * 2 ** 31),
      bait: wholeCall(index++, random),
    }));
  };
  const lanes = { processes: lane('processes'), peers: lane('peers') };
  const rest = Math.max(8, options.calls - chosen.length);
  const calls = Array.from({ length: rest }, () => backgroundCall(index++, lengthMs, random));
  makeBurst(calls, lengthMs, random);
  atLeastOneOfEach(calls, random);
  calls.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  return { lanes, calls, sender: countSender(calls) };
}

/** Each kind once before any comes twice; as many as there are calls for, and time. */
function chooseKinds({ calls, minutes, longBlocks }: PlanOptions, random: () => number): FaultKind[] {
  const wanted = Math.max(1, Math.floor(calls * baitShare));
  const mostOfProcesses = Math.max(1, Math.floor((minutes * 60) / processFaultS));
  const out: FaultKind[] = [];
  let ofProcesses = 0;
  for (let round = 0; round < 100 && out.length < wanted; round += 1)
    for (const kind of shuffled(kinds, random).filter(({ blocksLong }) => longBlocks || !blocksLong)) {
      if (out.length >= wanted) break;
      if (kind.lane === 'processes' && (ofProcesses += 1) > mostOfProcesses) continue;
      out.push(kind);
    }
  return out;
}

function backgroundCall(index: number, lengthMs: number, random: () => number): PlannedCall {
  const reordered = random() < reorderShare;
  const drawn = (share: number): string[] => events.filter(() => random() < share);
  return {
    ...wholeCall(index, random),
    scenario: weighted(random),
    atMs: Math.round(random() * lengthMs),
    lose: drawn(lossShare),
    repeat: drawn(repeatShare),
    reordered,
    speed: reordered ? Infinity : 5 + Math.floor(random() * 15),
    recordingDelayMs: random() < lateShare ? 5_000 + Math.floor(random() * 15_000) : 0,
  };
}

/** A tenth of the calls, five at least, come in one moment. */
function makeBurst(calls: PlannedCall[], lengthMs: number, random: () => number): void {
  const atMs = Math.round(random() * lengthMs);
  for (const call of calls.slice(0, Math.max(5, Math.floor(calls.length / 10))))
    Object.assign(call, { atMs, burst: true, speed: Infinity });
}

function atLeastOneOfEach(calls: PlannedCall[], random: () => number): void {
  const sure: [SenderKind, Partial<PlannedCall>][] = [
    ['event-lost', { scenario: 'inbound-answered', lose: ['call-ended'] }],
    ['event-repeated', { repeat: ['call-answered', 'call-ended'] }],
    ['events-reordered', { reordered: true, speed: Infinity }],
    ['recording-late', { scenario: 'inbound-answered', recordingDelayMs: 12_000 }],
    ['same-number-twice', { scenario: 'same-number-twice' }],
  ];
  for (const [kind, change] of sure)
    if (countSender(calls)[kind] === 0) Object.assign(pick(calls, random), change);
}

function countSender(calls: PlannedCall[]): Record<SenderKind, number> {
  const count = (holds: (call: PlannedCall) => boolean): number => calls.filter(holds).length;
  return {
    'event-lost': count(({ lose }) => lose.length > 0),
    'event-repeated': count(({ repeat }) => repeat.length > 0),
    'events-reordered': count(({ reordered }) => reordered),
    'recording-late': count(
      ({ recordingDelayMs, scenario }) => recordingDelayMs > 0 && !unrecorded.includes(scenario),
    ),
    burst: count(({ burst }) => burst),
    'same-number-twice': count(({ scenario }) => scenario === 'same-number-twice'),
  };
}

function weighted(random: () => number): ScenarioName {
  let left = random() * scenarios.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of scenarios) if ((left -= weight) < 0) return name;
  return 'inbound-answered';
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)]!;
}

/** The schedule for people, one line a fault and one line a call with something wrong. */
export function describePlan({ lanes, calls, sender }: Plan): string {
  const clock = (atMs: number): string =>
    `${String(Math.floor(atMs / 60_000))}:${String(Math.floor(atMs / 1_000) % 60).padStart(2, '0')}`;
  const faults = Object.values(lanes)
    .flat()
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, kind }) => `  ${clock(atMs)}  ${kind.lane.padEnd(9)}  ${kind.name} (${kind.matrix})`);
  const wrongs = Object.entries(sender).map(([kind, count]) => `${kind} ${count}`);
  return [...faults, `  ${calls.length} more calls, of the sender: ${wrongs.join(', ')}`].join('\n');
}
