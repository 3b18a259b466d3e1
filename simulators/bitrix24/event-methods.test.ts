import { TestPortal } from './test-client';

/** What `bitrix24/b24restdocs:api-reference/events` says of event.bind, event.get and event.unbind, row by row. */
let portal: TestPortal;
let token: string;
const handler = 'https://bridge.example.com/events';
const event = 'ONEXTERNALCALLSTART';

beforeEach(async () => {
  portal = await TestPortal.start();
  token = portal.control.issueTokens().accessToken;
});
afterEach(() => portal.close());

const call = async (method: string, params: object = {}, as = token): Promise<[number, unknown]> => {
  const { status, body } = await portal.call(method, { ...params }, as);
  return [status, body.error === undefined ? body.result : [body.error, body.error_description]];
};
const agent = (): string => portal.control.issueTokens(1269).accessToken;

describe('event.bind', () => {
  it('binds a handler under the event’s name in capitals, with parameters in either case', async () => {
    expect(await call('event.bind', { event: 'OnExternalCallStart', handler })).toEqual([200, true]);
    expect(await call('event.bind', { EVENT: 'onAppInstall', HANDLER: handler, AUTH_TYPE: '15' })).toEqual([
      200,
      true,
    ]);
    expect(await call('event.get')).toEqual([
      200,
      [
        { event, handler, auth_type: '0', offline: 0 },
        { event: 'ONAPPINSTALL', handler, auth_type: '15', offline: 0 },
      ],
    ]);
  });

  it('takes the same handler once, but once more for another user', async () => {
    await call('event.bind', { event, handler });
    for (const errorCodeStyle of ['empty', 'ERROR_CORE'] as const) {
      portal.control.set({ errorCodeStyle });
      expect(await call('event.bind', { event, handler })).toEqual([
        400,
        ['ERROR_CORE', 'Unable to set event handler: Handler already binded'],
      ]);
    }
    expect(await call('event.bind', { event, handler, auth_type: 15 })).toEqual([200, true]);
  });

  it('binds for himself what is no administrator’s', async () => {
    expect(await call('event.bind', { event, handler, auth_type: 15 }, agent())).toEqual([
      403,
      ['ACCESS_DENIED', 'Access denied! Event binding with AUTH_TYPE requires administrator access rights'],
    ]);
    expect(await call('event.bind', { event, handler }, agent())).toEqual([200, true]);
    expect(portal.control.state.bindings).toMatchObject([{ authType: 1269 }]);
  });

  it.each<[string, object, string, string]>([
    ['no event', { handler }, 'ERROR_ARGUMENT', "Argument 'EVENT' is null or empty"],
    ['no handler', { event }, 'ERROR_ARGUMENT', "Argument 'HANDLER' is null or empty"],
    [
      'an event it does not have',
      { event: 'ONNOTHING', handler },
      'ERROR_EVENT_NOT_FOUND',
      'Event not found',
    ],
    [
      'another type',
      { event, handler, event_type: 'both' },
      'ERROR_ARGUMENT',
      'Value must be one of {online|offline}',
    ],
    [
      'an offline event',
      { event, event_type: 'offline' },
      'ERROR_ARGUMENT',
      'Offline event cannot be registered for this event.',
    ],
    [
      'a host without a dot',
      { event, handler: 'https://localhost/events' },
      'ERROR_WRONG_HANDLER_URL',
      'Wrong handler URL',
    ],
    ['no address', { event, handler: 'events' }, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL'],
    [
      'another protocol',
      { event, handler: 'ftp://bridge.example.com/' },
      'ERROR_UNSUPPORTED_PROTOCOL',
      'Unsupported handler protocol',
    ],
  ])('refuses %s', async (_, params, code, text) => {
    expect(await call('event.bind', params)).toEqual([400, [code, text]]);
  });

  it('has no telephony events for an application without that scope', async () => {
    portal.control.application.scopes = ['crm'];
    expect(await call('event.bind', { event, handler })).toEqual([
      400,
      ['ERROR_EVENT_NOT_FOUND', 'Event not found'],
    ]);
  });
});

describe('event.unbind and event.get', () => {
  it('takes a handler away for all users, or for the one named', async () => {
    await call('event.bind', { event, handler });
    await call('event.bind', { event, handler, auth_type: 15 });
    await call('event.bind', { event, handler, auth_type: 16 });
    expect(await call('event.unbind', { event, handler, auth_type: '' })).toEqual([200, { count: 1 }]);
    expect(await call('event.unbind', { event, handler, auth_type: 15 })).toEqual([200, { count: 1 }]);
    expect(await call('event.unbind', { EVENT: event, HANDLER: handler })).toEqual([200, { count: 1 }]);
    expect(await call('event.unbind', { event, handler })).toEqual([200, { count: 0 }]);
  });

  it('shows and takes away for who is no administrator his own alone', async () => {
    await call('event.bind', { event, handler });
    await call('event.bind', { event, handler, auth_type: 1269 });
    expect(await call('event.get', {}, agent())).toMatchObject([200, [{ auth_type: '1269' }]]);
    expect(await call('event.unbind', { event, handler, auth_type: '1269' }, agent())).toEqual([
      403,
      ['ACCESS_DENIED', 'Access denied! Event unbinding with AUTH_TYPE requires administrator access rights'],
    ]);
    expect(await call('event.unbind', { event, handler }, agent())).toEqual([200, { count: 1 }]);
    expect(await call('event.unbind', { event, event_type: 'offline' }, agent())).toEqual([
      403,
      ['ACCESS_DENIED', 'Access denied! Offline events unbinding requires administrator access rights'],
    ]);
  });

  it.each<[string, object, string]>([
    ['no event', { handler }, "Argument 'EVENT' is null or empty"],
    ['no handler', { event }, "Argument 'HANDLER' is null or empty"],
    ['another type', { event, handler, event_type: 'x' }, 'Value must be one of {online|offline}'],
  ])('refuses %s', async (_, params, text) => {
    expect(await call('event.unbind', params)).toEqual([400, ['ERROR_ARGUMENT', text]]);
  });

  it.each(['event.bind', 'event.get', 'event.unbind'])('has nothing for a webhook in %s', async (method) => {
    const { status, body } = await portal.call(method, { event, handler });
    expect([status, body.error, body.error_description]).toEqual([
      403,
      'WRONG_AUTH_TYPE',
      'Current authorization type is denied for this method',
    ]);
  });
});
