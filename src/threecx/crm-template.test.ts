import type { Journal } from '../../simulators/threecx/journal';
import { renderScenario } from '../../simulators/threecx/template-render';
import type { XmlElement } from '../../simulators/threecx/xml';
import { parseXml } from '../../simulators/threecx/xml';
import { accepted, refused } from '../../test/support/read-webhook';
import { crmTemplate, crmTemplateFileName } from './crm-template';

const xml = crmTemplate({ id: 'moscow', country: 'RU' }, 'https://bridge.example');
const to = { url: 'https://bridge.example', connection: 'moscow', token: 'secret' };

/** What 3CX knows of an answered inbound call of somebody who is in no phonebook. */
const answered: Journal = {
  CallType: 'Inbound',
  CallDirection: 'Inbound',
  Number: '+79991234567',
  Name: 'Ivan Petrov',
  EntityId: '',
  EntityType: '',
  Agent: '101',
  AgentFirstName: 'Anna',
  AgentLastName: 'Orlova',
  AgentEmail: 'anna@example.com',
  QueueExtension: '800',
  Duration: '00:01:05',
  DurationSeconds: 65,
  DateTime: '01/31/2026 10:00:00',
  CallStartTimeLocal: '2026-01-31T10:00:00',
  CallStartTimeUTC: '2026-01-31T07:00:00Z',
  CallEstablishedTimeLocal: '2026-01-31T10:00:10',
  CallEstablishedTimeUTC: '2026-01-31T07:00:10Z',
  CallEndTimeLocal: '2026-01-31T10:01:15',
  CallEndTimeUTC: '2026-01-31T07:01:15Z',
};
/** Nobody answered: 3CX has no instant of an answer, and formatting it would fail the request. */
const missed: Partial<Journal> = {
  CallType: 'Missed',
  Agent: '',
  Duration: '00:00:00',
  DurationSeconds: 0,
  CallEstablishedTimeLocal: '',
  CallEstablishedTimeUTC: '',
};

function report(change: Partial<Journal> = {}): Record<string, unknown> {
  const [message] = renderScenario(xml, 'ReportCall', { ...answered, ...change }, to, {}, 'call-report');
  if (message === undefined) throw new Error('3CX would send nothing');
  return message.fields;
}

/** The one descendant of a name with these attributes. */
function element(from: XmlElement, name: string, attributes: Record<string, string> = {}): XmlElement {
  const all = (one: XmlElement): XmlElement[] => [one, ...one.children.flatMap(all)];
  const found = all(from).filter(
    (one) =>
      one.name === name && Object.entries(attributes).every(([key, value]) => one.attributes[key] === value),
  );
  if (found.length !== 1) throw new Error(`${found.length} elements ${name}`);
  return found[0]!;
}

const template = parseXml(xml);

describe('the call report of the CRM template', () => {
  it('goes as JSON to the webhook of the connection, with the token that the admin typed in', () => {
    expect(renderScenario(xml, 'ReportCall', answered, to, {}, 'call-report')).toEqual([
      {
        event: 'call-report',
        transport: 'json',
        fields: expect.any(Object),
        absolute: { path: '/webhooks/3cx/moscow/call-report', headers: { authorization: 'Bearer secret' } },
      },
    ]);
  });

  it('tells us the whole call', () => {
    expect(accepted('call-report', report())).toMatchObject({
      ignoredFields: 0,
      event: {
        event: 'call-report',
        callerNumber: '79991234567',
        direction: 'inbound',
        status: 'answered',
        extension: '101',
        durationSeconds: 65,
        startedAt: '2026-01-31T07:00:00Z',
        endedAt: '2026-01-31T07:01:15Z',
      },
    });
  });

  it.each<[string, Partial<Journal>, object]>([
    ['missed', missed, { status: 'missed', direction: 'inbound', durationSeconds: 0 }],
    ['dialled in vain', { ...missed, CallType: 'Notanswered' }, { status: 'missed', direction: 'outbound' }],
    ['outbound', { CallType: 'Outbound' }, { status: 'answered', direction: 'outbound' }],
    ['anonymous', { Number: '' }, { callerNumber: '', extension: '101' }],
  ])('is understood for a call that was %s', (_, change, expected) => {
    expect(accepted('call-report', report(change)).event).toMatchObject(expected);
  });

  it('is refused when the PBX does not know a variable', () => {
    const { CallType: _, ...rest } = answered;
    const [message] = renderScenario(xml, 'ReportCall', rest as Journal, to, {}, 'call-report');
    expect(refused('call-report', message!.fields)).toMatchObject({
      reason: 'placeholder',
      errors: [{ field: 'callType' }],
    });
  });

  it('can be switched off', () => {
    const off = { templateParameters: { ReportCallEnabled: 'False' } };
    expect(renderScenario(xml, 'ReportCall', answered, to, off, 'call-report')).toEqual([]);
    const scenario = element(template, 'Scenario', { Id: 'ReportCall' });
    expect(element(scenario, 'Request').attributes.SkipIf).toBe('[ReportCallEnabled]!=True');
  });

  it('consists of the request only, since anything more stops the journal on some builds', () => {
    const scenario = element(template, 'Scenario', { Id: 'ReportCall', Type: 'REST' });
    expect(scenario.children.map(({ name }) => name)).toEqual(['Request']);
  });

  it('tells no name and no e-mail address', () => {
    expect(JSON.stringify(report())).not.toMatch(/Ivan|Petrov|Anna|Orlova|example\.com/);
  });
});

describe('the lookup of the CRM template', () => {
  it('asks for the number as it came', () => {
    expect(renderScenario(xml, '', answered, to, {}, 'lookup')).toEqual([
      {
        event: 'lookup',
        transport: 'json',
        fields: { number: '+79991234567' },
        absolute: { path: '/webhooks/3cx/moscow/lookup', headers: { authorization: 'Bearer secret' } },
      },
    ]);
  });

  it('reads every output from our answer, where 3CX needs an address, a name and the number', () => {
    const scenario = element(template, 'Scenario', { Id: '' });
    const variables = element(scenario, 'Variables').children.map(({ attributes }) => attributes);
    const outputs = element(scenario, 'Outputs').children.map(({ attributes }) => attributes);
    expect(outputs.map(({ Value }) => Value)).toEqual(variables.map(({ Name }) => `[${Name}]`));
    expect(outputs.map(({ Type }) => Type)).toEqual(
      expect.arrayContaining(['ContactUrl', 'FirstName', 'PhoneBusiness']),
    );
    expect(variables.map(({ Path }) => Path)).toContain('contacts.phone');
  });
});

describe('the CRM template', () => {
  it('holds the address of the bridge, escaped and without a slash at the end, and no secret', () => {
    const odd = parseXml(crmTemplate({ id: 'a', country: 'RU' }, 'https://bridge.example/?a=1&b="<2>"//'));
    expect(element(odd, 'Parameter', { Name: 'BaseUrl' }).attributes['Default']).toBe(
      'https://bridge.example/?a=1&b="<2>"',
    );
    expect(element(template, 'Parameter', { Name: 'ApiKey' }).attributes).toMatchObject({
      Type: 'Password',
      Default: '',
    });
  });

  it('keeps numbers whole and unchanged', () => {
    expect(element(template, 'Number').attributes).toEqual({ Prefix: 'AsIs', MaxLength: '' });
  });

  it('uses the words of 3CX in their own letter case', () => {
    for (const Id of ['', 'ReportCall'])
      expect(element(element(template, 'Scenario', { Id }), 'Request').attributes).toMatchObject({
        RequestType: 'Post',
        RequestEncoding: 'Json',
        RequestContentType: '',
        ResponseType: 'Json',
      });
  });

  it('has a file name that 3CX takes', () => {
    expect(crmTemplateFileName('moscow-2')).toMatch(/^[a-z0-9-]+\.xml$/);
  });
});
