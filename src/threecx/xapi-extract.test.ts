import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { callLogPath } from './call-log';
import { inboundReportPath } from './inbound-report';
import { downloadPath } from './recording-list';
import { callLogRowSchema, inboundCallSchema, recordingRowSchema } from './xapi-rows';

interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
  schema?: { type: string; format?: string; nullable?: boolean };
}
interface Property {
  type?: string;
  format?: string;
  nullable?: boolean;
  items?: { $ref: string };
}
interface Extract {
  paths: Record<string, { get: { parameters: Parameter[] } }>;
  components: {
    parameters: Record<string, { name: string }>;
    schemas: Record<string, { properties: Record<string, Property> }>;
  };
}

/** 3CX's own description of the requests that we make; the file names its source. */
const openApi = parse(
  readFileSync(path.join(__dirname, '../../test/fixtures/3cx-xapi-extract.yaml'), 'utf8'),
) as Extract;

const range = { from: new Date('2026-03-10T10:00:00Z'), to: new Date('2026-03-10T11:00:00Z') };
const page = { top: 100, skip: 0 };

function parametersOf(template: string): Parameter[] {
  return (openApi.paths[template]?.get.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined
      ? parameter
      : openApi.components.parameters[parameter.$ref.split('/').at(-1) ?? '']!,
  );
}

/** The template in the description with the same function or collection, e.g. `Pbx.GetCallLogData`. */
function templateOf(asked: string): string {
  const name = asked.split(/[(?]/)[0] ?? '';
  const found = Object.keys(openApi.paths).find((template) => `/xapi/v1${template.split('(')[0]}` === name);
  if (found === undefined) throw new Error(`3CX does not describe ${name}`);
  return found;
}

it.each([
  ['the call log', callLogPath(range, page)],
  ['the report of inbound calls', inboundReportPath(range, page)],
  ['a download', downloadPath(7)],
])('asks for %s with exactly the arguments that 3CX describes', (_what, asked) => {
  const url = new URL(asked, 'https://pbx.example.com');
  const template = templateOf(asked);
  const args = (text: string): string[] => [...text.matchAll(/(\w+)=/g)].map((match) => match[1] ?? '');
  const inPath = decodeURIComponent(url.pathname);
  expect(args(inPath)).toEqual(args(template));
  const values = new Map(
    [...inPath.matchAll(/(\w+)=('[^']*'|[^,)]*)/g)].map((match) => [match[1], match[2] ?? '']),
  );
  for (const { name, in: place, schema } of parametersOf(template)) {
    if (place !== 'path') continue;
    const value = values.get(name) ?? '';
    if (schema?.format === 'date-time') expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    else if (schema?.type === 'integer') expect(value).toMatch(/^-?\d+$/);
    else if (schema?.type === 'boolean') expect(value).toMatch(/^(true|false)$/);
    else expect(value).toMatch(/^'.*'$/);
  }
});

it.each([
  ['/ReportCallLogData', callLogPath(range, page)],
  ['/ReportInboundCalls', inboundReportPath(range, page)],
  ['/Recordings', '/xapi/v1/Recordings?$filter=x&$orderby=x&$top=1&$skip=0&$select=x'],
  ['/Defs', '/xapi/v1/Defs?$select=Id'],
])('uses only options that 3CX describes for %s', (_what, asked) => {
  const known = parametersOf(templateOf(asked))
    .filter(({ in: place }) => place !== 'path')
    .map(({ name }) => name);
  const used = [...new URL(asked, 'https://pbx.example.com').searchParams.keys()];
  expect(known).toEqual(expect.arrayContaining(used));
});

it.each<[string, z.ZodObject]>([
  ['Pbx.Recording', recordingRowSchema],
  ['Pbx.CallLogData', callLogRowSchema],
  ['Pbx.InboundCall', inboundCallSchema],
])('reads only members of %s that 3CX describes, with their types', (name, schema) => {
  const described = openApi.components.schemas[name]?.properties ?? {};
  for (const [member, type] of Object.entries(schema.shape)) {
    const property = described[member];
    if (property === undefined) throw new Error(`${name} has no ${member}`);
    const reads = (value: unknown): boolean => (type as z.ZodType).safeParse(value).success;
    const samples: Record<string, unknown> = {
      string: 'text',
      integer: 7,
      boolean: true,
      array: [{ Id: 7 }],
    };
    expect([member, reads(samples[property.type ?? ''])]).toEqual([member, true]);
    if (property.nullable === true) expect([member, 'null', reads(null)]).toEqual([member, 'null', true]);
    const others = Object.entries(samples).filter(([other]) => other !== property.type);
    expect([member, others.filter(([, value]) => reads(value))]).toEqual([member, []]);
  }
});
