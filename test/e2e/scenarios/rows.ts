import type { DeliveryFaults } from '../../../simulators/threecx/play-options';
import type { ScenarioName } from '../../../simulators/threecx/scenarios';
import type { Telling } from './tellings';
import { tellings } from './tellings';

/** One scenario, told by some sources, with something going wrong on the way. */
export interface Row {
  scenario: ScenarioName;
  telling: Telling;
  order: NonNullable<DeliveryFaults['order']>;
  faults: DeliveryFaults;
  caller: string;
  /** Who talks where several do, or rings in the same second where nobody talks. */
  persons: string[];
  /** Seconds between the end of the call and now: nothing but time tells two hidden callers of one phone apart. */
  agoS: number;
  /** A connection of its own: counters that the PBX begins anew would meet those of other rows. */
  apart: boolean;
}

const scenarios: Partial<Record<ScenarioName, string[]>> = {
  'inbound-answered': [],
  'inbound-missed': [],
  'inbound-busy': [],
  'ring-group': [],
  'ring-group-missed': ['101', '102', '103'],
  queue: [],
  'blind-transfer': ['101', '102'],
  'attended-transfer': ['101', '102'],
  'outbound-answered': [],
  'outbound-not-answered': [],
  internal: [],
  anonymous: [],
  'same-number-twice': [],
  'recording-off': [],
  'moscow-to-petersburg': [],
};
const orders = ['scripted', 'reversed', 'shuffled'] as const;

/** Every scenario by every set of sources, the orders and repetitions spread evenly over them. */
const sideBySide: Row[] = (Object.entries(scenarios) as [ScenarioName, string[]][]).flatMap(
  ([scenario, persons], row) =>
    tellings.map((telling, column) => {
      const index = row * tellings.length + column;
      const order = orders[(row + column) % orders.length]!;
      const agoS = scenario === 'anonymous' ? 5 + column * 40 : 5 + index * 7;
      const caller = scenario === 'anonymous' ? '' : `7916${2_000_000 + index}`;
      return {
        scenario,
        telling,
        order,
        faults: faultsOf(index, order),
        caller,
        persons,
        agoS,
        apart: false,
      };
    }),
);

/**
 * Calls that a restart of the PBX gave one and the same number, for sources that know them by it. Without reports: here a
 * whole call is told in one moment, so that a report could outrun the search for the call that the number means.
 */
const restarts: Row[] = tellings
  .filter(({ name }) => name === 'webhooks' || name === 'a form at the answer and the end')
  .map((telling, column) => {
    const order = column === 0 ? 'shuffled' : 'scripted';
    return {
      scenario: 'pbx-restart',
      telling: { ...telling, options: { ...telling.options, idForm: 'callid' } },
      order,
      faults: faultsOf(column, order),
      caller: `7916${3_000_000 + column}`,
      persons: [],
      agoS: 0,
      apart: true,
    };
  });

/** Rows in the order in which they are told: a restart would tear the calls of others. */
export const rows: Row[] = [...restarts, ...sideBySide];

function faultsOf(index: number, order: Row['order']): DeliveryFaults {
  return {
    order,
    seed: index + 1,
    ...(index % 2 === 0 && { duplicate: 'all' }),
    ...(index % 4 < 2 && { repeat: { events: 'all', times: 1 } }),
  };
}
