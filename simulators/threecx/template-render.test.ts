import { crmTemplate } from '../../src/threecx/crm-template';
import { substitute } from './template-expression';
import { Receiver, TestPbx } from './test-pbx';
import { parseXml } from './xml';

/** A template like those of integrators, with whatever the tests put into its report. */
function template(values: string, request = 'Url="[BaseUrl]/webhooks/3cx/default/call-report"'): string {
  return `<?xml version="1.0"?><Crm Name="Test" Version="1" Country="any">
    <!-- a comment --> <Number Prefix="Zeros" MaxLength=""/>
    <Parameters><Parameter Name="BaseUrl" Type="String" Default=""/><Parameter Name="ApiKey" Type="Password" Default=""/>
    <Parameter Name="ReportCallEnabled" Type="Boolean" Default="True"/></Parameters>
    <Authentication Type="No"/>
    <Scenarios><Scenario Id="ReportCall" Type="REST"><Request ${request} RequestType="Post" RequestEncoding="Json">
    <Headers><Value Key="Authorization" Passes="1" Type="String">Bearer [ApiKey]</Value></Headers>
    <PostValues>${values}</PostValues></Request></Scenario></Scenarios></Crm>`;
}

describe('a CRM template', () => {
  let pbx: TestPbx;
  let receiver: Receiver;
  beforeEach(async () => {
    pbx = await TestPbx.start({ timeZone: 'Asia/Kamchatka' });
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await pbx.close();
    await receiver.close();
  });

  const report = async (xml: string, scenario: 'inbound-answered' | 'inbound-missed' = 'inbound-answered') =>
    await pbx.control.play(scenario, { to: receiver.target, sources: ['report'], template: xml });

  it('that is shipped is rendered and posted as it stands', async () => {
    const shipped = crmTemplate({ id: 'default', country: 'RU' }, 'https://bridge.example');
    await pbx.control.play('inbound-answered', {
      to: receiver.target,
      sources: ['lookup', 'report'],
      template: shipped,
    });
    expect(receiver.got.map((one) => [one.method, one.path, one.headers['authorization']])).toEqual([
      ['POST', '/webhooks/3cx/default/lookup', 'Bearer hook-token'],
      ['POST', '/webhooks/3cx/default/call-report', 'Bearer hook-token'],
    ]);
    expect(receiver.bodies).toEqual([
      { number: '+79161234567' },
      {
        callType: 'Inbound',
        number: '+79161234567',
        agent: '101',
        duration: '00:01:00',
        startUtc: '2026-03-10T09:58:54Z',
        endUtc: '2026-03-10T10:00:00Z',
      },
    ]);
  });

  it('shapes the number and calls methods of variables with two passes only', async () => {
    await report(
      template(`<Value Key="number" Passes="1">[Number]</Value>
        <Value Key="seconds" Passes="2" Type="Integer">[[DurationTimespan].get_TotalSeconds().ToString("F0")]</Value>
        <Value Key="local" Passes="1">[CallStartTimeLocal]</Value>
        <Value Key="once" Passes="1">[[CallStartTimeUTC].ToString("s")]</Value>
        <Value Key="culture" Passes="1">[DateTime]</Value>
        <Value Key="unknown" Passes="2">[CallId] [Did]</Value>
        <Value Key="skipped" SkipIf="[Agent]=='101'">x</Value>
        <Object Key="inner"><Value Key="kept" If="[Agent]==101">&lt;&amp;&#65;</Value></Object>`),
    );
    expect(receiver.bodies).toEqual([
      {
        number: '0079161234567',
        seconds: 60,
        local: '2026-03-10T21:58:54',
        once: expect.stringContaining('.ToString') as string,
        culture: '03/10/2026 21:58:54',
        unknown: '[CallId] [Did]',
        inner: { kept: '<&A' },
      },
    ]);
  });

  it('that formats a time which is not there sends nothing', async () => {
    const xml = template(
      '<Value Key="answered" Passes="2">[[CallEstablishedTimeUTC].ToString("yyyy-MM-ddTHH:mm:ssZ")]</Value>',
    );
    await report(xml, 'inbound-missed');
    expect(receiver.got).toEqual([]);
    await report(xml);
    expect(receiver.bodies).toEqual([{ answered: '2026-03-10T09:59:00Z' }]);
  });

  it('skips the journal for unknown contacts when it says so, as stock templates do', async () => {
    const url = 'Url="[BaseUrl]/x"';
    await report(template('', `${url} SkipIf="[EntityId]==&quot;&quot;"`));
    await report(template('', `${url} SkipIf="[ReportCallEnabled]!=True||[CallType]==&quot;Inbound&quot;"`));
    expect(receiver.got).toEqual([]);
    await report(template('', `${url} SkipIf="[ReportCallEnabled]!=True"`));
    expect(receiver.got).toHaveLength(1);
  });

  it('that is not well-formed is refused', () => {
    for (const text of [
      '<a>',
      '<a></b>',
      '<a/><b/>',
      'x<a/>y<',
      '<a b=c/>',
      '<a b="&x;"/>',
      '<a b="1" b="2"/>',
    ])
      expect(() => parseXml(text)).toThrow();
  });

  it('leaves square brackets of a value alone with one pass, and evaluates them with two', () => {
    const variables = { Summary: 'see [Agent]', Agent: '101' };
    expect(substitute('[Summary]', variables, 1)).toBe('see [Agent]');
    expect(substitute('[Summary]', variables, 2)).toBe('see 101');
  });
});
