import type { StatisticsRow } from '../../../simulators/bitrix24/portal-state';
import type { ExpectedCall, Played } from '../../../simulators/threecx/play-options';
import type { CallView } from '../../../src/domain/call-view';
import { eventually } from '../../support/eventually';
import { Lab } from '../lab';
import type { Row } from './rows';
import { rows } from './rows';
import type { ExpectedRow } from './tellings';
import { expectedRow } from './tellings';

/** How many calls are told at the same time. */
const atOnce = 6;

let lab: Lab;
const played = new Map<Row, Played>();
const connectionOf = (row: Row): string =>
  row.apart ? `${lab.connection}-${rows.indexOf(row)}` : lab.connection;
const connections = (): string[] => [...new Set(rows.map(connectionOf))];

beforeAll(async () => {
  lab = await Lab.open({ timeScale: 1 });
  await lab.start('api');
  await lab.start('worker');
  for (const connection of connections()) await connect(connection);
  for (const row of rows.filter(({ apart }) => apart)) played.set(row, await tell(row));
  const waiting = rows.filter(({ apart }) => !apart);
  const tellNext = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift())
      played.set(row, await tell(row));
  };
  await Promise.all(Array.from({ length: atOnce }, tellNext));
  const { statistics } = lab.portal.control;
  const over = async (): Promise<boolean> =>
    statistics.length >= outside().length && (await openCalls()).length === 0;
  // What stays open shows in a test of its own, beside all the others.
  await eventually(over, 'every call is over', 90_000).catch(() => undefined);
}, 240_000);
afterAll(() => lab.close());

/** Without a call log to ask, so that nothing is known but what the sources tell. */
async function connect(connection: string): Promise<void> {
  await lab.connect({ recordings: 'off', auth: { kind: 'token', token: 'unknown-to-the-pbx' } }, connection);
  await lab.admin('PATCH', `connections/${connection}`, {
    timeZone: lab.pbx.control.timeZone,
    bitrix24: { plan: 'enterprise' },
  });
}

function tell(row: Row): Promise<Played> {
  const { scenario, telling, faults, caller, agoS, apart } = row;
  return lab.pbx.control.play(scenario, {
    to: { ...lab.target, connection: connectionOf(row) },
    sources: telling.sources,
    ...telling.options,
    faults,
    cast: { caller, did: '74951234567', talkS: 20 },
    ...(!apart && { startAt: Date.now() - (120 + agoS) * 1000 }),
  });
}

/** All calls with somebody outside. */
function outside(): ExpectedCall[] {
  return [...played.values()].flatMap(({ calls }) => calls.filter(({ ignored }) => !ignored));
}

/** Calls that are not finished. */
async function openCalls(): Promise<CallView[]> {
  const open: CallView[] = [];
  for (const connection of connections())
    for (const state of ['open', 'attention']) {
      const route = `connections/${connection}/calls?state=${state}&limit=200`;
      open.push(...(await lab.admin<{ items: CallView[] }>('GET', route)).items);
    }
  return open;
}

/** What the portal got: of a number, or of any id that an answer named. */
function written(row: Row): StatisticsRow[] {
  const { deliveries, calls } = played.get(row)!;
  const connection = connectionOf(row);
  const ids = [
    ...deliveries.map(({ answer }) => (answer as { callId?: string } | null)?.callId),
    ...calls.map(({ callId }) => callId),
  ];
  const external = new Set(ids.map((id) => `${connection}/${id}`));
  return lab.portal.control.statistics.filter(
    ({ number, externalCallId }) =>
      (row.caller !== '' && number === row.caller) || external.has(externalCallId ?? ''),
  );
}

/** A row as the portal shows it, without what nobody could have told. */
function shownOf(row: StatisticsRow, expected: ExpectedRow | undefined): ExpectedRow {
  const { number, lineNumber, statusCode, durationSeconds, startedAt, userId } = row;
  return {
    userIds: expected?.userIds.includes(userId) ? expected.userIds : [userId],
    number,
    lineNumber,
    type: row.type as ExpectedRow['type'],
    statusCode,
    durationSeconds,
    startedAt: expected?.startedAt === null ? null : startedAt,
  };
}

describe.each([...new Set(rows.map(({ scenario }) => scenario))])('%s', (scenario) => {
  it.each(
    rows.filter((row) => row.scenario === scenario).map((row) => [row.telling.name, row.order, row] as const),
  )('told by %s, %s, makes one right call', (_telling, _order, row) => {
    const { failed, calls } = played.get(row)!;
    expect(failed).toEqual([]);
    const expected = calls
      .filter(({ ignored }) => !ignored)
      .map((call) => expectedRow(call, row.telling, row.persons))
      .sort((a, b) => a.userIds[0]! - b.userIds[0]! || (a.startedAt ?? 0) - (b.startedAt ?? 0));
    const found = written(row).sort((a, b) => a.userId - b.userId || a.startedAt - b.startedAt);
    expect(found.map((one, index) => shownOf(one, expected[index]))).toEqual(expected);
  });
});

it('leaves no call open, none in the portal, and doubles none', async () => {
  const { statistics, openCalls: open } = lab.portal.control;
  expect(await openCalls()).toEqual([]);
  expect(open).toEqual([]);
  expect(statistics).toHaveLength(outside().length);
});
