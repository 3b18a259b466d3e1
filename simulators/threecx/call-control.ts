import { makeCall } from './make-call';
import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import type { IssuedToken } from './tokens';
import { emptyAnswer, jsonAnswer } from './wire';
import type { WireAnswer } from './wire';
import { forbidden, requireToken } from './xapi-access';

/** What was asked of Call Control, over HTTP or a socket. */
export interface CallControlRequest {
  method: string;
  path: string;
  body: unknown;
}

/** Answers `/callcontrol…` over HTTP (3cx.md 3.1). */
export function handleCallControl(pbx: Pbx, request: PbxRequest): { token: IssuedToken; answer: WireAnswer } {
  const token = requireToken(pbx, request);
  return { token, answer: answerCallControl(pbx, token, { ...request, body: json(request.body) }) };
}

/** Refuses what has no Call Control: no licence, or an API client without the checkbox. */
export function requireCallControl(pbx: Pbx, token: IssuedToken): void {
  if (!pbx.switches.callControlLicensed) throw forbidden('no licence for Call Control');
  if (!token.owner.scopes.includes('call-control')) throw forbidden('no Call Control');
}

/** Answers one request; throws a Refusal. A DN that is not selected on the API client is a 403, known or not. */
export function answerCallControl(pbx: Pbx, token: IssuedToken, request: CallControlRequest): WireAnswer {
  requireCallControl(pbx, token);
  const [, dn, part, id, more] =
    /^\/callcontrol(?:\/([^/]+)(?:\/(devices|participants|makecall)(?:\/([^/]+)(?:\/(\w+))?)?)?)?$/.exec(
      request.path,
    ) ?? [];
  if (dn === undefined) {
    if (request.path !== '/callcontrol') throw missing();
    get(request);
    return jsonAnswer(
      200,
      token.owner.monitored.map((one) => dnState(pbx, one)),
    );
  }
  if (!token.owner.monitored.includes(dn)) throw forbidden(`DN ${dn} is not selected`);
  if (part === 'makecall' && id === undefined) {
    if (request.method !== 'POST') throw new Refusal(emptyAnswer(405, { allow: 'POST' }), '405');
    return makeCall(pbx, dn, request.body);
  }
  get(request);
  if (part === undefined) return jsonAnswer(200, dnState(pbx, dn));
  if (part === 'devices' && id === undefined) return jsonAnswer(200, dnState(pbx, dn).devices);
  if (part !== 'participants' || more !== undefined) throw missing();
  if (id === undefined) return jsonAnswer(200, pbx.phones.list(dn));
  const participant = /^\d{1,9}$/.test(id) ? pbx.phones.find(dn, Number(id)) : undefined;
  if (participant === undefined) throw missing();
  return jsonAnswer(200, participant);
}

function dnState(
  pbx: Pbx,
  dn: string,
): { dn: string; type: string; devices: object[]; participants: object[] } {
  const deviceId = `sip:${dn}@127.0.0.1:5060;ob`;
  return {
    dn,
    type: 'Wextension',
    devices: [{ dn, device_id: deviceId, user_agent: '3CX Web Client' }],
    participants: pbx.phones.list(dn),
  };
}

function get(request: CallControlRequest): void {
  if (request.method !== 'GET') throw new Refusal(emptyAnswer(405, { allow: 'GET' }), '405');
}

/** Unknown path, or a participant that has gone in the meantime. */
function missing(): Refusal {
  return new Refusal(emptyAnswer(404), '404');
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
