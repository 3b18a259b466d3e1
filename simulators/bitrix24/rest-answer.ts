import type { ServerResponse } from 'node:http';
import type { Portal } from './portal';
import type { RestError } from './rest-error';

/** What goes over the wire. Never a Retry-After: the portal does not send one. */
export interface WireAnswer {
  status: number;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

const json = 'application/json; charset=utf-8';

/** An answer as JSON. */
export function jsonAnswer(status: number, value: unknown): WireAnswer {
  return { status, contentType: json, body: JSON.stringify(value) };
}

/** An answer of a gateway in front of the portal. */
export function htmlAnswer(status: number, title: string): WireAnswer {
  return {
    status,
    contentType: 'text/html',
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  };
}

/** Code and text of a refusal; telephony errors take the code that the switch wants. There is no `time` block. */
export function errorBody(portal: Portal, error: RestError): { error: string; error_description: string } {
  const telephony = portal.switches.errorCodeStyle === 'empty' ? '' : 'ERROR_CORE';
  return { error: error.code ?? telephony, error_description: error.description };
}

/** A refusal as JSON. */
export function errorAnswer(portal: Portal, error: RestError): WireAnswer {
  return jsonAnswer(error.status, errorBody(portal, error));
}

/** Sends an answer, unless the client has gone. */
export function send(response: ServerResponse, answer: WireAnswer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    ...answer.headers,
  });
  response.end(answer.body);
}
