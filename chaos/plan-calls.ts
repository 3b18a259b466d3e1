import type { ScenarioName } from '../simulators/threecx/scenarios';
import { shuffled } from '../simulators/common/random';
import { lines } from './office';

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

/** Shares of what goes wrong all the time: of events, of events, of calls, of recordings. */
export const shares = { lost: 0.02, repeated: 0.05, reordered: 0.05, late: 0.2 } as const;

/** The most calls of one burst, and how many calls there are to each. */
const burstOf = 40;
const callsToABurst = 250;
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

/** Indices of calls that no plan has. */
export const spareFrom = 9_000;

/** Number of a call: all share their beginning, so that a leak is found fast. */
function callerOf(index: number): string {
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
    talkS: 3 + Math.floor(random() * 8),
    speed: 10,
    lose: [],
    repeat: [],
    reordered: false,
    burst: false,
    recordingDelayMs: 0,
    seed: Math.floor(random() * 2 ** 31),
  };
}

/** Calls that are no bait, in the order of their time, with all that the sender does wrong. */
export function backgroundCalls(
  { from, count, lengthMs }: { from: number; count: number; lengthMs: number },
  random: () => number,
): PlannedCall[] {
  const calls = Array.from({ length: count }, (_, at) => backgroundCall(from + at, lengthMs, random));
  makeBursts(calls, lengthMs, random);
  atLeastOneOfEach(calls, random);
  return calls.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
}

function backgroundCall(index: number, lengthMs: number, random: () => number): PlannedCall {
  const reordered = random() < shares.reordered;
  const drawn = (share: number): string[] => events.filter(() => random() < share);
  return {
    ...wholeCall(index, random),
    scenario: weighted(random),
    atMs: Math.round(random() * lengthMs),
    lose: drawn(shares.lost),
    repeat: drawn(shares.repeated),
    reordered,
    speed: reordered ? Infinity : 5 + Math.floor(random() * 15),
    recordingDelayMs: random() < shares.late ? 5_000 + Math.floor(random() * 15_000) : 0,
  };
}

/** One burst and one more for every so many calls; a tenth of the calls of a short run, five at least. */
function makeBursts(calls: PlannedCall[], lengthMs: number, random: () => number): void {
  const size = Math.min(burstOf, Math.max(5, Math.floor(calls.length / 10)));
  const bursts = 1 + Math.floor(calls.length / callsToABurst);
  for (let burst = 0; burst < bursts; burst += 1) {
    const atMs = Math.round(random() * lengthMs);
    for (const call of calls.slice(burst * size, (burst + 1) * size))
      Object.assign(call, { atMs, burst: true, speed: Infinity });
  }
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

/** How many calls each of the sender's faults is planned for. */
export function countSender(calls: PlannedCall[]): Record<SenderKind, number> {
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
