import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Bitrix24Control } from './control';
import type { FaultOptions } from './faults';
import type { PortalState } from './portal-state';
import { jsonAnswer, send } from './rest-answer';
import type { ContactSeed, UserSeed } from './seeds';
import type { ClickToCall } from './click-to-call';
import type { Switches } from './switches';

/** What came with a request to the control. */
interface AdminRequest {
  /** Last part of the path, where it names something. */
  id: number;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

type AdminHandler = (control: Bitrix24Control, request: AdminRequest) => unknown;

const longestBody = 1024 * 1024;

/** Routes of the control: `METHOD /path`, where `*` stands for an id. */
const routes: Record<string, AdminHandler> = {
  'GET state': (control) => publicState(control),
  'GET requests': (control, { query }) => control.requests(query.get('method') ?? undefined),
  'GET faults': (control) => control.faults.list(),
  'POST faults': (control, { body }) => control.faults.add(withoutFunctions(body) as unknown as FaultOptions),
  'DELETE faults': (control) => control.faults.clear(),
  'DELETE faults/*': (control, { id }) => control.faults.remove(id),
  'GET users': (control) => control.state.users,
  'POST users': (control, { body }) => control.addUser(body as UserSeed),
  'PATCH users/*': (control, { id, body }) => control.updateUser(id, body),
  'GET contacts': (control) => control.state.crm,
  'POST contacts': (control, { body }) => control.addContact(body as unknown as ContactSeed),
  'GET files/*/sha256': async (control, { id }) => ({ sha256: await control.sha256(id) }),
  'GET clock': (control) => ({ now: new Date(control.clock.now()).toISOString() }),
  'POST clock': (control, { body }) => turnClock(control, body),
  'GET switches': (control) => control.switches,
  'PATCH switches': (control, { body }) => setSwitches(control, body),
  'POST reset': (control) => control.reset(),
  'GET application': (control) => control.application,
  'POST tokens': (control) => control.issueTokens(),
  'POST tokens/expire': (control) => control.expireAccessTokens(),
  'POST install': (control, { body }) => control.install(String(body['handler'])),
  'POST events': (control, { body }) =>
    control.sendEvent(String(body['event']), body['data'] as Record<string, unknown>),
  'POST click-to-call': (control, { body }) => control.clickToCall(body as unknown as ClickToCall),
  'GET wait': (control, { query }) => waitForCount(control, query),
};

/** The control over HTTP, under `/_sim/`: for processes that are not the simulator's own. Never under `/rest`. */
export async function handleAdmin(
  control: Bitrix24Control,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  // A page in somebody's browser has no business here.
  if (request.headers.origin !== undefined)
    return send(response, jsonAnswer(403, { error: 'Not from a page' }));
  const path = url.pathname.replace(/^\/_sim\/?/, '').replace(/\/$/, '');
  const id = Number(/\/(\d+)/.exec(path)?.[1]);
  if (request.method === 'GET' && /^files\/\d+$/.test(path)) return await sendFile(control, response, id);
  const handler = routes[`${request.method ?? ''} ${path.replace(/\/\d+/, '/*')}`];
  if (handler === undefined) return send(response, jsonAnswer(404, { error: 'No such route' }));
  try {
    const body = await readJson(request);
    const answer = (await handler(control, { id, query: url.searchParams, body })) ?? { ok: true };
    send(response, jsonAnswer(200, answer));
  } catch (error) {
    send(response, jsonAnswer(400, { error: error instanceof Error ? error.message : String(error) }));
  }
}

function publicState(control: Bitrix24Control): Record<string, unknown> {
  const files = control.files.map(({ path: _path, ...file }) => file);
  return { ...control.state, files, refreshes: control.refreshes, sentEvents: control.sentEvents };
}

function withoutFunctions(body: Record<string, unknown>): Record<string, unknown> {
  const { match: _match, ...rest } = body;
  if (typeof rest['kind'] !== 'string') throw new Error('kind is required');
  return rest;
}

function turnClock(control: Bitrix24Control, body: Record<string, unknown>): unknown {
  if (typeof body['setTo'] === 'string') control.clock.set(Date.parse(body['setTo']));
  if (typeof body['advanceMs'] === 'number') control.clock.advance(body['advanceMs']);
  if (body['frozen'] === true) control.clock.freeze();
  if (body['frozen'] === false) control.clock.run();
  return { now: new Date(control.clock.now()).toISOString() };
}

function setSwitches(control: Bitrix24Control, body: Record<string, unknown>): Switches {
  for (const name of Object.keys(body))
    if (!(name in control.switches)) throw new Error(`There is no switch ${name}`);
  // JSON has no Infinity; null lifts the limit.
  const limit = body['operatingLimitSeconds'] === null ? { operatingLimitSeconds: Infinity } : {};
  control.set({ ...body, ...limit });
  return control.switches;
}

async function waitForCount(control: Bitrix24Control, query: URLSearchParams): Promise<unknown> {
  const list = (query.get('list') ?? 'statistics') as keyof PortalState;
  const count = Number(query.get('count') ?? 1);
  if (!Array.isArray(control.state[list])) throw new Error(`There is no list ${list}`);
  return await control.waitFor(
    () => control.state[list].length >= count && { list, count: control.state[list].length },
    Number(query.get('timeoutMs') ?? 10_000),
    `${count} in ${list}`,
  );
}

async function sendFile(control: Bitrix24Control, response: ServerResponse, id: number): Promise<void> {
  const file = control.files.find((one) => one.id === id);
  if (file === undefined) return send(response, jsonAnswer(404, { error: 'No such file' }));
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes });
  await pipeline(createReadStream(file.path), response).catch(() => response.destroy());
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > longestBody) throw new Error('The body is too large');
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The body must be an object');
  return value as Record<string, unknown>;
}
