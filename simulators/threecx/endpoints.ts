import { audioByCallId, listByCallId } from './by-call-id';
import { handleCallControl } from './call-control';
import { ConsoleApi } from './console-api';
import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import { handleToken, handleUserLogin } from './token-endpoint';
import type { IssuedToken } from './tokens';
import { emptyAnswer } from './wire';
import type { WireAnswer } from './wire';
import { requireToken } from './xapi-access';
import { handleXapi, xapiEndpoint } from './xapi';

/** An address of the PBX. */
export interface Endpoint {
  /** Name for the log and for faults. */
  name: string;
  /** Answers; throws a Refusal. `caller` notes who asked. */
  answer: (caller: (token: IssuedToken) => void) => WireAnswer | Promise<WireAnswer>;
}

/** Finds who answers a request. */
export function findEndpoint(pbx: Pbx, request: PbxRequest): Endpoint {
  const { path } = request;
  const audio = /^\/api\/recordings\/(\d{1,9})\/audio$/.exec(path);
  if (path === '/connect/token') return { name: 'token', answer: () => handleToken(pbx, request) };
  if (path === '/webclient/api/Login/GetAccessToken')
    return { name: 'login', answer: () => handleUserLogin(pbx, request) };
  if (path.startsWith('/xapi/v1/')) {
    const name = xapiEndpoint(path);
    return {
      name,
      answer: (caller) => {
        const token = requireToken(pbx, request, name === 'download');
        caller(token);
        return handleXapi(pbx, request, token);
      },
    };
  }
  if (path === '/api/recordings') return get(pbx, request, 'by-call-id', () => listByCallId(pbx, request));
  if (audio !== null)
    return get(pbx, request, 'by-call-id-audio', () => audioByCallId(pbx, Number(audio[1])));
  if (path === '/callcontrol' || path.startsWith('/callcontrol/'))
    return {
      name: 'call-control',
      answer: (caller) => {
        const { token, answer } = handleCallControl(pbx, request);
        caller(token);
        return answer;
      },
    };
  if (ConsoleApi.owns(path)) return { name: 'console', answer: () => pbx.console.answer(request) };
  return {
    name: 'unknown',
    answer: () => {
      throw new Refusal(emptyAnswer(404), '404');
    },
  };
}

function get(pbx: Pbx, request: PbxRequest, name: string, answer: () => WireAnswer): Endpoint {
  return {
    name,
    answer: (caller) => {
      caller(requireToken(pbx, request));
      if (request.method !== 'GET') throw new Refusal(emptyAnswer(405, { allow: 'GET' }), '405');
      return answer();
    },
  };
}
