import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { XmlElement } from '../../simulators/threecx/xml';
import { parseXml } from '../../simulators/threecx/xml';
import { accepted, refused } from '../support/read-webhook';

const folder = path.resolve(__dirname, '../../cfd/bridge-call-started');
const read = (file: string): XmlElement => parseXml(readFileSync(path.join(folder, file), 'utf8'));
const all = (from: XmlElement): XmlElement[] => [from, ...from.children.flatMap(all)];
const named = (from: XmlElement, name: string): XmlElement[] =>
  all(from).filter((one) => one.name.replace(/^.*:/, '') === name);

const project = read('BridgeCallStarted.cfdproj');
const flow = read('Main.flow');

/** The components of a flow in the order in which they run. */
function componentsOf(name: 'MainFlow' | 'ErrorHandlerFlow' | 'DisconnectHandlerFlow'): XmlElement[] {
  const [, inner] = named(flow, name);
  return inner!.children;
}

const typeOf = ({ name }: XmlElement): string => name.replace(/^.*:/, '');

/** The project's variables as they are shipped. */
const variables: Record<string, string> = Object.fromEntries(
  named(project, 'Variable').map(({ children }) => {
    const text = (name: string): string => children.find((one) => one.name === name)?.text ?? '';
    return [`project$.${text('Name')}`, text('InitialValue')];
  }),
);

/** Evaluates an expression of Call Flow Designer: a variable, a text in quotes, or CONCATENATE of both. */
function evaluate(expression: string, session: Record<string, string>): string {
  const known: Record<string, string> = { ...variables, ...session };
  const inner = /^CONCATENATE\((.*)\)$/.exec(expression)?.[1] ?? expression;
  const terms = inner.match(/"(?:[^"\\]|\\.)*"|[\w.$]+/g) ?? [];
  expect(terms.join(',')).toBe(inner);
  return terms
    .map((term) => (term.startsWith('"') ? term : known[term]))
    .map((term) => (term?.startsWith('"') ? (JSON.parse(term) as string) : term))
    .map((term) => {
      if (term === undefined) throw new Error(`An unknown variable in ${expression}`);
      return term;
    })
    .join('');
}

const session = {
  'session.callid': '00000000-01dc-27dd-cc8a-799100000029',
  'session.ani': '+79161234567',
  'session.did': '74951234567',
  'session.dnis': '888',
};
const [request] = componentsOf('MainFlow');
const body = (values: Record<string, string>): Record<string, unknown> =>
  JSON.parse(evaluate(request!.attributes.Content!, { ...session, ...values })) as Record<string, unknown>;

describe('the call flow that tells of a call’s start', () => {
  it('lists its files, and has the variables that an admin fills in', () => {
    expect(named(project, 'File').map(({ attributes }) => attributes)).toEqual([
      { path: 'Main.flow', type: 'callflow' },
    ]);
    expect(Object.keys(variables)).toEqual([
      'project$.BridgeUrl',
      'project$.ConnectionName',
      'project$.WebhookToken',
      'project$.TransferTo',
    ]);
  });

  it('posts JSON to the webhook of the connection, with the token in a header', () => {
    const { attributes } = request!;
    expect(typeOf(request!)).toBe('WebInteractionComponent');
    expect(attributes).toMatchObject({ HttpRequestType: 'POST', ContentType: 'application/json' });
    expect(evaluate(attributes.URI!, session)).toBe(
      'https://bridge.example.com/webhooks/3cx/default/call-started',
    );
    const headers = named(parseXml(attributes.HeaderList!), 'Parameter').map(({ children }) =>
      children.map(({ name, text }) => [name, text]),
    );
    expect(headers).toEqual([
      [
        ['Name', 'X-Webhook-Token'],
        ['Value', 'project$.WebhookToken'],
      ],
    ]);
  });

  it('tells id, caller and dialled number so that they are understood', () => {
    expect(accepted('call-started', body({}))).toMatchObject({
      callId: session['session.callid'],
      ignoredFields: 1,
      event: { callerNumber: '79161234567', did: '74951234567' },
    });
    expect(accepted('call-started', body({ 'session.ani': '' })).event.callerNumber).toBe('');
    expect(refused('call-started', body({ 'session.callid': 'Unknown' })).errors).toMatchObject([
      { field: 'historyId' },
    ]);
  });

  it('holds a caller up for 5 seconds at most', () => {
    const seconds = Number(request!.attributes.Timeout);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(5);
  });

  it('puts the caller through to the same place whether or not the bridge answers', () => {
    expect(componentsOf('MainFlow').map(typeOf)).toEqual(['WebInteractionComponent', 'TransferComponent']);
    expect(componentsOf('ErrorHandlerFlow').map(typeOf)).toEqual(['TransferComponent']);
    const [, transfer] = componentsOf('MainFlow');
    const [onError] = componentsOf('ErrorHandlerFlow');
    const { 'x:Name': name, ...rest } = transfer!.attributes;
    const { 'x:Name': nameOnError, ...restOnError } = onError!.attributes;
    expect(rest.Destination).toBe('project$.TransferTo');
    expect(restOnError).toEqual(rest);
    expect(nameOnError).not.toBe(name);
    expect(componentsOf('DisconnectHandlerFlow')).toEqual([]);
  });
});
