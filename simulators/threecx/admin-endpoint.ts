import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ThreecxControl } from './control';
import type { ApiClientSeed, ExtensionSeed } from './directory';
import type { FaultOptions } from './faults';
import { readBody } from './pbx-request';
import type { PlayOptions } from './play-options';
import { scenarioNames } from './scenarios';
import type { ScenarioName } from './scenarios';
import type { Switches } from './switches';
import { jsonAnswer, send } from './wire';
import type { WireAnswer } from './wire';

/** What came with a request to the control. */
interface AdminRequest {
  /** Number in the path, where it names something. */
  id: number;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

type AdminHandler = (control: ThreecxControl, request: AdminRequest) => unknown;

/** Routes of the control: `METHOD path`, where `*` stands for a number. */
const routes: Record<string, AdminHandler> = {
  'GET state': (control) => stateOf(control),
  'GET scenarios': () => scenarioNames,
  'GET calls': (control) => control.calls,
  'GET recordings': (control) => control.recordings,
  'GET recordings/*/sha256': (control, { id }) => ({ sha256: control.sha256(id) }),
  'DELETE recordings/*': (control, { id }) => control.deleteFile(id),
  'GET deliveries': (control) => control.deliveries,
  'GET participants': (control) => control.participants,
  'GET requests': (control, { query }) => control.requests(query.get('endpoint') ?? undefined),
  'POST play': (control, { body }) => playFromBody(control, body),
  'GET faults': (control) => control.faults.list(),
  'POST faults': (control, { body }) => control.faults.add(faultOf(body)),
  'DELETE faults': (control) => control.faults.clear(),
  'DELETE faults/*': (control, { id }) => control.faults.remove(id),
  'GET faults/*/held': (control, { id, query }) =>
    control.waitFor(
      () => control.faults.list().find((fault) => fault.id === id && fault.holding > 0),
      Number(query.get('timeoutMs') ?? 10_000),
      `a request at barrier ${id}`,
    ),
  'GET clock': (control) => ({ now: new Date(control.clock.now()).toISOString() }),
  'POST clock': (control, { body }) => turnClock(control, body),
  'GET switches': (control) => control.switches,
  'PATCH switches': (control, { body }) => setSwitches(control, body),
  'GET api-clients': (control) => control.directory.apiClients,
  'POST api-clients': (control, { body }) => control.addApiClient(body as unknown as ApiClientSeed),
  'GET extensions': (control) => control.directory.extensions,
  'POST extensions': (control, { body }) => control.addExtension(body as unknown as ExtensionSeed),
  'POST tokens/mint': (control) => ({ access_token: control.mintToken() }),
  'POST tokens/revoke': (control) => control.revokeTokens(),
  'POST unblock': (control) => control.unblock(),
  'POST restart': (control) => control.restart(),
  'POST sockets/drop': (control) => control.dropSockets(),
  'POST calls/forget': (control) => control.forgetCalls(),
  'POST reset': (control) => control.reset(),
  'GET wait': (control, { query }) => waitForCount(control, query),
};

/** The control over HTTP, under `/_control/`: for processes that are not the simulator's own. */
export async function handleAdmin(
  control: ThreecxControl,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  closing: AbortSignal,
): Promise<void> {
  await send(response, await answerAdmin(control, request, url), closing);
}

async function answerAdmin(control: ThreecxControl, request: IncomingMessage, url: URL): Promise<WireAnswer> {
  const raw = await readBody(request);
  // A page in somebody's browser has no business here.
  if (request.headers.origin !== undefined) return jsonAnswer(403, { error: 'Not from a page' });
  const path = url.pathname.replace(/^\/_control\/?/, '').replace(/\/$/, '');
  const name = `${request.method ?? ''} ${path.replace(/\/\d+/, '/*')}`;
  const handler = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (handler === undefined) return jsonAnswer(404, { error: 'No such route' });
  try {
    const id = Number(/\/(\d+)/.exec(path)?.[1]);
    const answer = await handler(control, { id, query: url.searchParams, body: readJson(raw) });
    return jsonAnswer(200, answer ?? { ok: true });
  } catch (error) {
    return jsonAnswer(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function stateOf(control: ThreecxControl): Record<string, unknown> {
  return {
    calls: control.calls,
    recordings: control.recordings,
    participants: control.participants,
    deliveries: control.deliveries,
    blocked: control.blocked,
    failedLogins: control.failedLogins,
    mintedTokens: control.mintedTokens,
    tokens: control.tokens.map(({ owner, expiresAt, state }) => ({ owner: owner.id, expiresAt, state })),
    sockets: control.phones.listenerCount,
    timeZone: control.timeZone,
  };
}

async function playFromBody(control: ThreecxControl, body: Record<string, unknown>): Promise<unknown> {
  const { scenario, count, onMoment: _onMoment, ...options } = body;
  if (!scenarioNames.includes(scenario as ScenarioName))
    throw new Error(`There is no scenario ${String(scenario)}`);
  if (typeof count === 'number')
    return await control.playMany(scenario as ScenarioName, count, options as PlayOptions);
  return await control.play(scenario as ScenarioName, options as PlayOptions);
}

function faultOf(body: Record<string, unknown>): FaultOptions {
  const { match: _match, ...rest } = body;
  if (typeof rest['kind'] !== 'string') throw new Error('kind is required');
  return rest as unknown as FaultOptions;
}

function turnClock(control: ThreecxControl, body: Record<string, unknown>): unknown {
  if (typeof body['setTo'] === 'string') control.clock.set(Date.parse(body['setTo']));
  if (typeof body['advanceMs'] === 'number') control.clock.advance(body['advanceMs']);
  if (body['frozen'] === true) control.clock.freeze();
  if (body['frozen'] === false) control.clock.run();
  return { now: new Date(control.clock.now()).toISOString() };
}

function setSwitches(control: ThreecxControl, body: Record<string, unknown>): Switches {
  const entries = Object.entries(body).map(([name, value]) => {
    if (!(name in control.switches)) throw new Error(`There is no switch ${name}`);
    // JSON has no Infinity; null stands for never.
    return [name, value === null && name.endsWith('Ms') ? Infinity : value];
  });
  control.set(Object.fromEntries(entries) as Partial<Switches>);
  return control.switches;
}

async function waitForCount(control: ThreecxControl, query: URLSearchParams): Promise<unknown> {
  const name = query.get('list') ?? 'deliveries';
  const count = Number(query.get('count') ?? 1);
  const list = (): unknown => stateOf(control)[name];
  if (!Array.isArray(list())) throw new Error(`There is no list ${name}`);
  return await control.waitFor(
    () => {
      const length = (list() as unknown[]).length;
      return length >= count && { list: name, count: length };
    },
    Number(query.get('timeoutMs') ?? 10_000),
    `${count} in ${name}`,
  );
}

function readJson(raw: Buffer | null): Record<string, unknown> {
  if (raw === null) throw new Error('The body is too large');
  if (raw.length === 0) return {};
  const value: unknown = JSON.parse(raw.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The body must be an object');
  return value as Record<string, unknown>;
}
