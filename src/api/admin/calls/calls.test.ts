import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { connectionOf, token } from '../../../../test/support/api-lab';
import { openView } from '../../../../test/support/open-view';
import type { CallView } from '../../../domain/call-view';

let lab: AdminLab;
beforeAll(async () => {
  lab = await openAdminLab();
});
afterAll(() => lab.close());

/** Each test has a connection of its own. */
let name = '';
let tests = 0;
beforeEach(async () => {
  name = `office-${++tests}`;
  await lab.put(connectionOf({ id: name }));
  lab.gateway.state = 'up';
});

const number = '79991234567';
const path = (rest = ''): string => `/connections/${name}/calls${rest}`;
const workflow = (callId: string): string => `call/${name}/${callId}`;

const view = (callId: string, change: Partial<CallView> = {}): CallView =>
  openView(callId, {
    workflowId: workflow(callId),
    did: '74951234567',
    startedAt: '2026-11-25T10:00:00.000+03:00',
    ...change,
  });

const save = (call: CallView, closed = false): Promise<void> =>
  lab.store.calls.save(name, call, 1, { closed, callerHash: lab.store.hashNumber(name, number) });
const send = (event: string, body: object) =>
  lab.askRoot('POST', `/webhooks/3cx/${name}/${event}`, { key: token, body });
const get = (callId: string) => lab.ask('GET', path(`/${encodeURIComponent(callId)}`));
const ids = (answer: { body: { items: CallView[] } }): string[] =>
  answer.body.items.map(({ callId }) => callId);

describe('what needs a person', () => {
  it('is listed by itself, with why, since when, when it is tried again and what to do', async () => {
    const attention = {
      reason: 'no-right-to-recordings',
      since: '2026-11-25T10:05:00.000+03:00',
      nextAttemptAt: '2026-11-25T11:05:00.000+03:00',
      mend: 'Give the right.',
    };
    await save(view('fine', { state: 'finished' }));
    await save(view('stuck', { state: 'attention', attention }));
    await save(view('recording', { state: 'finished', attention }));
    const answer = await lab.ask('GET', path('?attention=true'));
    expect(ids(answer).sort()).toEqual(['recording', 'stuck']);
    expect(answer.body.items[0].attention).toEqual(attention);
    expect(ids(await lab.ask('GET', path('?attention=true&state=finished')))).toEqual(['recording']);
    expect(ids(await lab.ask('GET', path('?attention=false')))).toEqual(['fine']);
    expect((await lab.ask('GET', path('?attention=maybe'))).status).toBe(400);
    const first = await lab.ask('GET', path('?attention=true&limit=1'));
    const second = await lab.ask('GET', path(`?attention=true&limit=1&cursor=${first.body.nextCursor}`));
    expect([...ids(first), ...ids(second)].sort()).toEqual(['recording', 'stuck']);
    expect(second.body.nextCursor).toBeUndefined();
  });
});

describe('one call', () => {
  it('is there from its first 202 on, when the inbox holds it', async () => {
    lab.gateway.state = 'down';
    const taken = await send('call-ringing', {
      callId: 'c-1',
      extension: '101',
      callerNumber: number,
      did: '74951234567',
    });
    expect(taken.body).toMatchObject({ heldBy: 'inbox' });
    const answer = await get('c-1');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      callId: 'c-1',
      workflowId: workflow('c-1'),
      state: 'open',
      bitrix24CallId: null,
      userId: null,
      extension: '101',
      caller: '…67',
      recording: { state: 'none', attempts: 0 },
      events: [{ event: 'call-ringing', source: 'webhook' }],
      requests: [],
    });
    expect(answer.text).not.toContain(number);
  });

  it('is there when only Temporal knows it and no worker is up', async () => {
    lab.gateway.statuses.set(workflow('c-2'), 'open');
    const answer = await get('c-2');
    expect([answer.status, answer.body.state, answer.body.startedAt]).toEqual([200, 'open', null]);
  });

  it('is told by its running workflow, its requests by the ledger', async () => {
    await save(view('c-3'));
    lab.store.calls.appendRequest(name, 'c-3', {
      method: 'register',
      at: '2026-11-25T07:00:00Z',
      attempt: 1,
      outcome: 'ok',
    });
    lab.gateway.views.set(
      workflow('c-3'),
      view('c-3', { bitrix24CallId: 'externalCall.1', marks: ['anonymous'] }),
    );
    expect((await get('c-3')).body).toMatchObject({
      bitrix24CallId: 'externalCall.1',
      marks: ['anonymous'],
      requests: [{ method: 'register', outcome: 'ok' }],
    });
  });

  it('is told by the ledger when its workflow is over or Temporal is away', async () => {
    await save(view('c-4', { state: 'finished', status: '200' }), true);
    lab.gateway.state = 'down';
    expect((await get('c-4')).body).toMatchObject({ state: 'finished', status: '200' });
  });

  it('answers as the other one when it was merged', async () => {
    const claim = {
      connection: name,
      workflowId: 'w',
      callerHash: 'h',
      startedAt: '2026-11-25T10:00:00Z',
      extension: '101',
    };
    await lab.store.claims.claim({ ...claim, callId: 'real', fromReport: false }, 120_000);
    await lab.store.claims.claim({ ...claim, callId: 'report-x', fromReport: true }, 120_000);
    await save(view('real', { state: 'finished' }), true);
    await save(view('report-x', { marks: ['merged'] }), true);
    expect((await get('report-x')).body).toMatchObject({ callId: 'real', state: 'finished' });
  });

  it('is found under the id that 3CX uses, when that id holds a number', async () => {
    const sent = `${number}-abc`;
    lab.gateway.state = 'down';
    const taken = await send('call-started', { callId: sent, callerNumber: number });
    expect(taken.body).toMatchObject({
      callId: sent,
      workflowId: expect.stringMatching(/^call\/office-\d+\/h-/),
    });
    const answer = await get(sent);
    expect(answer.body.workflowId).toBe(taken.body.workflowId);
    expect(answer.text).not.toContain(number);
    expect((await get(answer.body.callId)).body.workflowId).toBe(taken.body.workflowId);
  });

  it('may have any visible character in its id', async () => {
    for (const callId of ['a/b', 'a?b#c', '%41', 'x;y=z', '"quoted"', "it's", 'a\\b', '42~1764000000']) {
      await save(view(callId));
      expect([callId, (await get(callId)).body.callId]).toEqual([callId, callId]);
    }
  });

  it('is 404 when nobody knows it, and 503 when only Temporal could', async () => {
    for (const callId of ['nobody', '../../x', 'null', '0'.repeat(24), 'x'.repeat(300)])
      expect([404, 400]).toContain((await get(callId)).status);
    lab.gateway.state = 'down';
    const answer = await get('nobody');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('the list of calls', () => {
  beforeEach(async () => {
    await save(
      view('a', {
        startedAt: '2026-11-23T23:30:00+03:00',
        state: 'finished',
        recording: { state: 'attached', attempts: 1 },
      }),
      true,
    );
    await save(view('b', { startedAt: '2026-11-24T12:00:00+03:00', state: 'attention', extension: '102' }));
    await save(
      view('c', { startedAt: '2026-11-25T10:00:00+03:00', recording: { state: 'waiting', attempts: 2 } }),
    );
  });

  it.each([
    ['', ['c', 'b', 'a']],
    ['state=attention', ['b']],
    ['recording=waiting', ['c']],
    ['extension=101', ['c', 'a']],
    ['extension=101&state=finished', ['a']],
    ['from=2026-11-24T12:00:00%2B03:00', ['c', 'b']],
    ['from=2026-11-24T12:00:00+03:00', ['c', 'b']],
    ['to=2026-11-24T09:00:00Z', ['b', 'a']],
    ['from=2026-11-24T12:00:01', ['c']],
    ['from=2026-11-23&to=2026-11-23', ['a']],
    ['from=2026-11-24&to=2026-11-24', ['b']],
    ['state=&recording=&extension=&from=&to=&cursor=&limit=', ['c', 'b', 'a']],
  ])('with ?%s', async (query, expected) => {
    expect(ids(await lab.ask('GET', path(`?${query}`)))).toEqual(expected);
  });

  it('comes page by page', async () => {
    const first = await lab.ask('GET', path('?limit=2'));
    const second = await lab.ask('GET', path(`?limit=2&cursor=${first.body.nextCursor}`));
    expect([ids(first), ids(second), second.body.nextCursor]).toEqual([['c', 'b'], ['a'], undefined]);
  });

  it.each([
    'state=closed',
    'recording=yes',
    'extension=abc',
    'extension[$ne]=1',
    'from=yesterday',
    'from=12/31/2026',
    'from=1764000000',
    'from=2026-11-25T10:00:00Z&to=2026-11-24T10:00:00Z',
    'limit=201',
    'limit=0',
    'cursor=!',
    'cursor=WyJ4Il0',
    'state=open&state=finished',
    '$where=1',
  ])('refuses ?%s', async (query) => {
    expect((await lab.ask('GET', path(`?${query}`))).status).toBe(400);
  });
});

describe('a search by number', () => {
  beforeEach(() => save(view('a')));
  const search = (body: unknown) => lab.ask('POST', path('/search'), { body });

  it.each(['+7 (999) 123-45-67', '89991234567', '9991234567', '79991234567', 'tel:+79991234567'])(
    'finds %s and shows no number',
    async (phoneNumber) => {
      const answer = await search({ phoneNumber });
      expect(ids(answer)).toEqual(['a']);
      expect(answer.text).not.toContain('9991234567');
    },
  );

  it('finds nothing of another number or another connection', async () => {
    expect(ids(await search({ phoneNumber: '+79991234568' }))).toEqual([]);
    name = 'other';
    await lab.put(connectionOf({ id: name }));
    expect(ids(await lab.ask('POST', path('/search'), { body: { phoneNumber: number } }))).toEqual([]);
  });

  it.each([
    {},
    { phoneNumber: '' },
    { phoneNumber: 'anonymous' },
    { phoneNumber: { $ne: null } },
    { phoneNumber: number, x: 1 },
    { phoneNumber: number, limit: 0 },
  ])('refuses %j', async (body) => {
    expect((await search(body)).status).toBe(400);
  });
});

describe('taking up again', () => {
  const retry = (callId: string) => lab.ask('POST', path(`/${callId}/retry`));

  it('signals a call that is open', async () => {
    await save(view('a', { state: 'attention' }));
    lab.gateway.statuses.set(workflow('a'), 'open');
    const answer = await retry('a');
    expect([answer.status, answer.body]).toEqual([202, { callId: 'a', workflowId: workflow('a') }]);
    expect(lab.gateway.retried).toContain(workflow('a'));
  });

  it('frees what the inbox holds back', async () => {
    lab.gateway.state = 'down';
    await send('call-started', { callId: 'held', callerNumber: number });
    lab.gateway.state = 'up';
    const [item] = await lab.store.inbox.forCall(name, 'held');
    await lab.store.inbox.later(item!.id, 3_600_000);
    expect((await retry('held')).status).toBe(202);
    const due = await lab.store.inbox.lease('test', 100, 1_000);
    expect(due.map(({ workflowId }) => workflowId)).toContain(workflow('held'));
  });

  it.each<[string, Partial<CallView>, RegExp]>([
    ['finished', { state: 'finished' }, /nothing is left/],
    [
      'given up',
      {
        state: 'attention',
        attention: { reason: 'user-not-found', since: '2026-10-01T00:00:00Z', mend: 'x' },
      },
      /given up: user-not-found/,
    ],
    [
      'without its recording',
      { state: 'finished', recording: { state: 'unavailable', reason: 'deadline-passed', attempts: 9 } },
      /deadline-passed/,
    ],
  ])('is refused with the reason when the call is over: %s', async (_what, change, reason) => {
    await save(view('over', change), true);
    const answer = await retry('over');
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringMatching(reason)]);
  });

  it('is 404 for a call that nobody knows and 503 when Temporal is away', async () => {
    expect((await retry('nobody')).status).toBe(404);
    await save(view('a'));
    lab.gateway.state = 'down';
    expect((await retry('a')).status).toBe(503);
  });

  it('takes up all calls that wait for somebody, those whose recording does too, and counts', async () => {
    const attention = {
      reason: 'threecx-secret-refused',
      since: '2026-11-24T09:00:00Z',
      mend: 'Set the secret.',
    };
    await save(view('a', { state: 'attention', attention }));
    await save(view('b', { state: 'finished', attention, recording: { state: 'waiting', attempts: 3 } }));
    await save(view('c', { state: 'attention', attention }), true);
    await save(view('d', { state: 'finished', recording: { state: 'waiting', attempts: 1 } }));
    for (const callId of ['a', 'b', 'd']) lab.gateway.statuses.set(workflow(callId), 'open');
    const many = (body: unknown) => lab.ask('POST', path('/retry'), { body });
    const all = {
      matched: 3,
      retried: 2,
      refused: [{ callId: 'c', reason: expect.any(String) }],
      more: false,
    };
    expect((await many({})).body).toEqual(all);
    expect(lab.gateway.retried.filter((id) => id.startsWith(workflow(''))).sort()).toEqual([
      workflow('a'),
      workflow('b'),
    ]);
    expect((await many({ filter: { attention: true } })).body).toEqual(all);
    expect((await many({ filter: { attention: true, recording: 'waiting' } })).body).toMatchObject({
      matched: 1,
      retried: 1,
    });
    expect((await many({ filter: { state: 'attention' } })).body).toMatchObject({ matched: 2, retried: 1 });
    expect((await many({ filter: { recording: 'waiting' } })).body).toMatchObject({ matched: 2, retried: 2 });
    expect((await many({ filter: { state: 'attention', extension: '999' } })).body).toMatchObject({
      matched: 0,
    });
    expect((await many({ filter: { state: 'broken' } })).status).toBe(400);
    expect((await many({ filter: { $where: '1' } })).status).toBe(400);
    lab.gateway.state = 'down';
    expect((await many({})).status).toBe(503);
  });
});
