import type { Journal } from './journal';
import type { Draft } from './message-parts';
import type { PlayOptions, WebhookTarget } from './play-options';
import { isTrue, NoValue, substitute, variablesOf } from './template-expression';
import type { Variables } from './template-expression';
import { child, parseXml } from './xml';
import type { XmlElement } from './xml';

/**
 * Renders the request of one scenario of a CRM template (3cx.md 1.2). Only the path of its address is used, for the bridge
 * may be reached under another origin here. No message when the template has no such scenario, skips it, or a value cannot
 * be made.
 *
 * @param scenarioId `ReportCall`, or empty for the number lookup.
 */
export function renderScenario(
  template: string,
  scenarioId: string,
  journal: Journal,
  to: WebhookTarget,
  options: PlayOptions,
  event: string,
): Draft[] {
  const crm = parseXml(template);
  const scenario = child(crm, 'Scenarios')?.children.find(
    (one) => (one.attributes['Id'] ?? '') === scenarioId,
  );
  const request = child(scenario, 'Request');
  if (request === undefined) return [];
  const variables = variablesOf(
    { ...journal, Number: shapedNumber(crm, journal.Number) },
    {
      ...defaults(crm),
      ...given(crm, to),
      ...options.templateParameters,
    },
  );
  try {
    const skip = request.attributes['SkipIf'];
    if (skip !== undefined && skip !== '' && isTrue(skip, variables)) return [];
    return [draft(request, variables, event)];
  } catch (error) {
    if (error instanceof NoValue) return [];
    throw error;
  }
}

function draft(request: XmlElement, variables: Variables, event: string): Draft {
  const url = new URL(substitute(request.attributes['Url'] ?? '', variables, 2), 'http://bridge.invalid');
  for (const one of child(request, 'QueryParams')?.children ?? [])
    url.searchParams.append(one.attributes['Key'] ?? '', valueOf(one, variables));
  const headers: Record<string, string> = {};
  for (const one of child(request, 'Headers')?.children ?? [])
    headers[(one.attributes['Key'] ?? '').toLowerCase()] = valueOf(one, variables);
  const encoding = request.attributes['RequestEncoding'] ?? 'UrlEncoded';
  const get = (request.attributes['RequestType'] ?? 'Get') === 'Get';
  return {
    event,
    transport: get ? 'get' : encoding === 'Json' ? 'json' : 'form',
    fields: get ? {} : members(child(request, 'PostValues')?.children ?? [], variables),
    absolute: { path: `${url.pathname}${url.search}`, headers },
  };
}

function members(elements: XmlElement[], variables: Variables): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const element of elements) {
    const { Key: key = '', If: when, SkipIf: skip } = element.attributes;
    if (when !== undefined && !isTrue(when, variables)) continue;
    if (skip !== undefined && isTrue(skip, variables)) continue;
    if (element.name === 'Object') out[key] = members(element.children, variables);
    else if (element.name === 'Array')
      out[key] = element.children.map((one) =>
        one.name === 'Object' ? members(one.children, variables) : valueOf(one, variables),
      );
    else out[key] = typed(valueOf(element, variables), element.attributes['Type'] ?? 'String');
  }
  return out;
}

function valueOf(element: XmlElement, variables: Variables): string {
  return substitute(element.text, variables, Number(element.attributes['Passes'] ?? 1));
}

function typed(value: string, type: string): unknown {
  if (/^(Integer|Double)$/.test(type)) return value === '' ? null : Number(value);
  return type === 'Boolean' ? value.toLowerCase() === 'true' : value;
}

/** Defaults of the template's parameters. */
function defaults(crm: XmlElement): Variables {
  const parameters = child(crm, 'Parameters')?.children ?? [];
  return Object.fromEntries(
    parameters.map((one) => [one.attributes['Name'] ?? '', one.attributes['Default'] ?? '']),
  );
}

/** What an administrator types in after the upload: the address and the secret, when the template asks for them. */
function given(crm: XmlElement, to: WebhookTarget): Variables {
  const out: Variables = {};
  for (const { attributes } of child(crm, 'Parameters')?.children ?? []) {
    if ((attributes['Default'] ?? '') !== '') continue;
    if (/url$/i.test(attributes['Name'] ?? '')) out[attributes['Name'] ?? ''] = to.url;
    if (/(key|token|secret)$/i.test(attributes['Name'] ?? '')) out[attributes['Name'] ?? ''] = to.token;
  }
  return out;
}

/** Shapes the number as the template's Number element says; MaxLength keeps the last digits. */
function shapedNumber(crm: XmlElement, presented: string): string {
  const number = child(crm, 'Number')?.attributes ?? {};
  const digits = presented.replace(/^\+|^00/, '');
  const international = digits !== presented;
  const prefix = number['Prefix'] ?? 'AsIs';
  let shaped = presented;
  if (prefix === 'Off') shaped = digits;
  if (prefix === 'Plus' && international) shaped = `+${digits}`;
  if (prefix === 'Zeros' && international) shaped = `00${digits}`;
  const longest = Number(number['MaxLength'] ?? '');
  return Number.isInteger(longest) && longest > 0 ? shaped.slice(-longest) : shaped;
}
