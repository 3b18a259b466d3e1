import { TestPortal } from './test-client';

type Rows = Record<string, unknown>[];

describe('voximplant.statistic.get', () => {
  let portal: TestPortal;
  beforeEach(
    async () =>
      (portal = await TestPortal.start({
        switches: { rateLimited: false, operatingLimitSeconds: Infinity },
      })),
  );
  afterEach(() => portal.close());

  const get = (params: Record<string, unknown>): ReturnType<typeof portal.call<Rows>> =>
    portal.call<Rows>('voximplant.statistic.get', params);

  it('prints texts everywhere, and the file as a number or null', async () => {
    const callId = await portal.finishedCall();
    const { body } = await get({ FILTER: { CALL_ID: callId } });
    expect(body).toMatchObject({ total: 1 });
    expect(body).not.toHaveProperty('next');
    expect(body.result).toMatchObject([
      {
        ID: '5001',
        CALL_ID: callId,
        EXTERNAL_CALL_ID: 'call-1',
        PORTAL_USER_ID: '1269',
        CALL_DURATION: '12',
        CALL_TYPE: '2',
        CALL_FAILED_CODE: '200',
        CALL_START_DATE: expect.stringMatching(/^2026-03-10T.*[+-]\d\d:\d\d$/),
        CRM_ACTIVITY_ID: null,
        RECORD_FILE_ID: null,
      },
    ]);
    await portal.call('telephony.externalCall.attachRecord', {
      CALL_ID: callId,
      FILENAME: 'a.mp3',
      FILE_CONTENT: 'SUQzAAAA',
    });
    expect((await get({ FILTER: { EXTERNAL_CALL_ID: 'call-1' } })).body.result).toMatchObject([
      { RECORD_FILE_ID: 70001 },
    ]);
  });

  it('does not list open calls', async () => {
    await portal.register();
    expect((await get({})).body.result).toEqual([]);
  });

  it('drops names that are no field in silence, so a typo returns everything', async () => {
    await portal.finishedCall();
    await portal.finishedCall({ EXTERNAL_CALL_ID: '2' });
    expect((await get({ FILTER: { CALLID: 'x' } })).body.total).toBe(2);
    expect((await get({ FILTER: { CALL_ID: 'x' } })).body.total).toBe(0);
  });

  it('ignores the external id on an older build, and answers unrelated rows', async () => {
    portal.control.set({ knowsExternalCallId: false });
    await portal.finishedCall();
    const { body } = await get({ FILTER: { EXTERNAL_CALL_ID: 'another' } });
    expect(body.result).toHaveLength(1);
    expect(body.result[0]).not.toHaveProperty('EXTERNAL_CALL_ID');
  });

  it('pages by fifty and sorts as asked', async () => {
    for (let call = 1; call <= 55; call += 1) await portal.finishedCall({ EXTERNAL_CALL_ID: `c${call}` });
    const first = await get({ SORT: 'ID', ORDER: 'DESC' });
    expect([first.body.result.length, first.body.total, first.body.next]).toEqual([50, 55, 50]);
    expect(first.body.result[0]).toMatchObject({ ID: '5055' });
    const second = await get({ SORT: 'ID', ORDER: 'DESC', start: 50 });
    expect([second.body.result.length, second.body.total, second.body.next]).toEqual([5, 55, undefined]);
    expect((await get({ start: -1 })).body).not.toHaveProperty('total');
  });

  it('knows operators before names', async () => {
    await portal.finishedCall();
    await portal.finishedCall({ EXTERNAL_CALL_ID: '2', CALL_START_DATE: portal.at(60), TYPE: 1 });
    const count = async (filter: Record<string, unknown>): Promise<number | undefined> =>
      (await get({ FILTER: filter })).body.total;
    expect(await count({ '>CALL_START_DATE': portal.at(30) })).toBe(1);
    expect(await count({ '<=CALL_START_DATE': portal.at(30) })).toBe(1);
    expect(await count({ '!CALL_TYPE': 2 })).toBe(1);
    expect(await count({ '%PHONE_NUMBER': '495' })).toBe(2);
    expect(await count({ EXTERNAL_CALL_ID: ['call-1', '2'] })).toBe(2);
  });

  it('wants the right to see statistics', async () => {
    portal.control.set({ statisticsRight: false });
    const { status, body } = await get({});
    expect([status, body.error, body.error_description]).toEqual([403, 'ACCESS_DENIED', 'Access denied!']);
  });

  it('leaves out what the acting user may not see, without a word', async () => {
    await portal.finishedCall();
    expect((await get({})).body.total).toBe(1);
    portal.control.set({ ownStatisticsOnly: true });
    expect((await get({})).body).toMatchObject({ result: [], total: 0 });
  });
});

describe('user.get', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  it('answers ids as text, inactive people unless asked otherwise, and no bots', async () => {
    portal.control.addUser({ id: 9, name: 'Bot', kind: 'other' });
    const all = await portal.call<Rows>('user.get');
    expect(all.body.result.map((user) => user['ID'])).toEqual(['1', '1269', '1270', '1271', '1272']);
    const active = await portal.call<Rows>('user.get', { FILTER: { ACTIVE: true } });
    expect(active.body.total).toBe(4);
    const one = await portal.call<Rows>('user.get', { FILTER: { UF_PHONE_INNER: '102' } });
    expect(one.body.result).toMatchObject([
      { ID: '1270', NAME: 'Boris', LAST_NAME: 'Agent', ACTIVE: true, UF_PHONE_INNER: '102' },
    ]);
  });

  it('pages by fifty', async () => {
    for (let id = 1; id <= 60; id += 1) portal.control.addUser({ extension: String(200 + id) });
    const pages = [await portal.call<Rows>('user.get'), await portal.call<Rows>('user.get', { start: 50 })];
    expect(pages.map((page) => [page.body.result.length, page.body.next])).toEqual([
      [50, 50],
      [15, undefined],
    ]);
  });

  it('shows no internal numbers to the brief scope', async () => {
    const { url } = portal.control.addWebhook({ scopes: ['user_brief'] });
    const body = (await (await fetch(`${url}user.get`)).json()) as { result: Rows };
    expect(body.result[1]).not.toHaveProperty('UF_PHONE_INNER');
  });
});

describe('searchCrmEntities', () => {
  it('answers contacts, leads, companies in this order', async () => {
    const portal = await TestPortal.start({
      contacts: [
        { type: 'COMPANY', id: 1, phones: ['5550001'] },
        { type: 'CONTACT', id: 2, phones: ['555-00-01'], assignedById: 1270, name: 'Eva' },
      ],
    });
    const { body } = await portal.call<Rows>('telephony.externalCall.searchCrmEntities', {
      PHONE_NUMBER: '+5550001',
    });
    expect(body.result).toMatchObject([
      {
        CRM_ENTITY_TYPE: 'CONTACT',
        CRM_ENTITY_ID: 2,
        NAME: 'Eva',
        ASSIGNED_BY: { ID: '1270', USER_PHONE_INNER: '102' },
      },
      { CRM_ENTITY_TYPE: 'COMPANY', CRM_ENTITY_ID: 1 },
    ]);
    const empty = await portal.call('telephony.externalCall.searchCrmEntities');
    expect(empty.body.error_description).toBe('PHONE_NUMBER is empty');
    await portal.close();
  });
});
