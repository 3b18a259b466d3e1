import type { Connection } from '../domain/connection';

/** Grows with every change of what is rendered, so that 3CX shows that an uploaded template is an older one. */
const templateVersion = 1;

/** A contact as the lookup address answers it, in an array named `contacts`; all but `phone` may be empty. */
export interface CrmContact {
  /** The number that was asked for, as it was asked: 3CX drops contacts that do not hold it. */
  phone: string;
  contactUrl: string;
  firstName: string;
  lastName: string;
  companyName: string;
  /** Come back in the call report. */
  entityId: string;
  entityType: string;
}

/** Contact outputs of 3CX by variable name, and where in our answer they are (`3cx.md` section 1.3). */
const contactOutputs: readonly (readonly [output: string, field: keyof CrmContact])[] = [
  ['ContactUrl', 'contactUrl'],
  ['FirstName', 'firstName'],
  ['LastName', 'lastName'],
  ['CompanyName', 'companyName'],
  ['PhoneBusiness', 'phone'],
  ['EntityId', 'entityId'],
  ['EntityType', 'entityType'],
];

/**
 * What the PBX reports after a call: our field, 3CX's expression, rounds of substitution (an expression around a
 * variable needs two). Names and e-mail addresses are not asked for, nor the direction: the call type tells it in
 * documented words. Times are formatted, since unformatted ones come in the culture of the PBX; the time of the
 * answer is left out, since formatting it fails for missed calls.
 */
const reportValues: readonly (readonly [field: string, expression: string, passes: 1 | 2])[] = [
  ['callType', '[CallType]', 1],
  ['number', '[Number]', 1],
  ['agent', '[Agent]', 1],
  ['duration', '[Duration]', 1],
  ['startUtc', '[[CallStartTimeUTC].ToString("yyyy-MM-ddTHH:mm:ssZ")]', 2],
  ['endUtc', '[[CallEndTimeUTC].ToString("yyyy-MM-ddTHH:mm:ssZ")]', 2],
];

/** A name for the downloaded template; 3CX takes no blanks and no special characters in it. */
export function crmTemplateFileName(connection: string): string {
  return `bitrix24-bridge-${connection}.xml`;
}

/**
 * Renders the server-side CRM template for one connection (`3cx.md` section 1), to be uploaded in 3CX's admin console.
 * It asks `POST {publicUrl}/webhooks/3cx/{connection}/lookup` for the contact while a phone rings, and reports every
 * outside call to `…/call-report` when it is over, unlike stock templates also those of callers nobody knows.
 *
 * The webhook token is a password parameter without default: the admin types it into 3CX, so the file holds no secret.
 */
export function crmTemplate(connection: Pick<Connection, 'id' | 'country'>, publicUrl: string): string {
  const address = (event: string): string => `[BaseUrl]/webhooks/3cx/${connection.id}/${event}`;
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<Crm xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"' +
      ` Country="${escapeXml(connection.country)}" Name="Bitrix24Bridge-${escapeXml(connection.id)}"` +
      ` Version="${templateVersion}" SupportsEmojis="true">`,
    // A prefix or a cut number would no longer be the one that the client dialled or sent.
    '  <Number Prefix="AsIs" MaxLength="" />',
    '  <Connection MaxConcurrentRequests="4" />',
    '  <Parameters>',
    parameter('BaseUrl', 'String', 'Address of the bridge:', publicUrl.replace(/\/+$/, '')),
    parameter('ApiKey', 'Password', 'Webhook token of this connection:', ''),
    parameter('ReportCallEnabled', 'Boolean', 'Report calls to Bitrix24', 'True'),
    '  </Parameters>',
    '  <Authentication Type="No" />',
    '  <Scenarios>',
    '    <Scenario Id="" Type="REST">',
    ...request(address('lookup'), '', [['number', '[Number]', 1]]),
    '      <Rules>',
    '        <Rule Type="Any" Ethalon="">contacts.phone</Rule>',
    '      </Rules>',
    '      <Variables>',
    ...contactOutputs.map(
      ([output, field]) => `        <Variable Name="${output}" Path="contacts.${field}" />`,
    ),
    '      </Variables>',
    '      <Outputs AllowEmpty="true">',
    ...contactOutputs.map(([output]) => `        <Output Type="${output}" Passes="1" Value="[${output}]" />`),
    '      </Outputs>',
    '    </Scenario>',
    // `True` is the value of a Boolean parameter and stands without quotes in every template known to work; the quotes that
    // 3cx.md 1.2 asks for in SkipIf belong around texts, e.g. an empty one.
    // Only the request: empty Rules, Variables or Outputs stop the journal on some builds.
    '    <Scenario Id="ReportCall" Type="REST">',
    ...request(address('call-report'), '[ReportCallEnabled]!=True', reportValues),
    '    </Scenario>',
    '  </Scenarios>',
    '</Crm>',
    '',
  ].join('\n');
}

function parameter(name: string, type: string, title: string, fallback: string): string {
  return (
    `    <Parameter Name="${name}" Type="${type}" Parent="General Configuration" Editor="String"` +
    ` Title="${escapeXml(title)}" Default="${escapeXml(fallback)}" />`
  );
}

/** A JSON POST; the content type stays empty, since 3CX derives it from the encoding. */
function request(url: string, skipIf: string, values: typeof reportValues): string[] {
  return [
    `      <Request SkipIf="${escapeXml(skipIf)}" Url="${escapeXml(url)}" MessagePasses="0" RequestContentType=""` +
      ' RequestEncoding="Json" RequestType="Post" ResponseType="Json">',
    '        <Headers>',
    '          <Value Key="Authorization" Passes="1" Type="String">Bearer [ApiKey]</Value>',
    '        </Headers>',
    '        <PostValues>',
    ...values.map(
      ([field, expression, passes]) =>
        `          <Value Key="${field}" Passes="${passes}" Type="String">${escapeXml(expression)}</Value>`,
    ),
    '        </PostValues>',
    '      </Request>',
  ];
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
