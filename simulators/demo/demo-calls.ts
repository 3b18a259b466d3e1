import type { Cast, ScenarioName } from '../threecx/scenarios';

/** One call of the demo: what happens, and what must become of it. */
export interface DemoCall {
  title: string;
  scenario: ScenarioName;
  connection: 'demo' | 'demo-by-call-id';
  cast?: Partial<Cast>;
  /** Real milliseconds after the end until the recording can be had. */
  recordingDelayMs?: number;
}

/** What the demo plays. The first one is the story that started it all. */
export const demoCalls: DemoCall[] = [
  {
    title: 'client dials Moscow, the queue sends him to St. Petersburg',
    scenario: 'moscow-to-petersburg',
    connection: 'demo',
  },
  {
    title: 'a client nobody knows, ring group, the second phone answers',
    scenario: 'ring-group',
    connection: 'demo',
    cast: { caller: '79031112233' },
  },
  {
    title: 'transferred from one colleague to another',
    scenario: 'blind-transfer',
    connection: 'demo',
    cast: { caller: '79031112244' },
  },
  {
    title: 'missed',
    scenario: 'inbound-missed',
    connection: 'demo',
    cast: { caller: '79031112255' },
  },
  {
    title: 'outbound, answered',
    scenario: 'outbound-answered',
    connection: 'demo',
    cast: { caller: '79031112255' },
  },
  {
    title: 'outbound, nobody answers',
    scenario: 'outbound-not-answered',
    connection: 'demo',
    cast: { caller: '79031112266' },
  },
  { title: 'the caller hides his number', scenario: 'anonymous', connection: 'demo' },
  {
    title: 'the recording comes late',
    scenario: 'inbound-answered',
    connection: 'demo',
    cast: { caller: '79031112277', did: '78121234567', agents: ['202'] },
    recordingDelayMs: 6_000,
  },
  {
    title: 'recording found by the call id',
    scenario: 'inbound-answered',
    connection: 'demo-by-call-id',
    cast: { caller: '79031112288', agents: ['103'] },
  },
];
