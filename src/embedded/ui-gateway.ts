import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import { once } from 'node:events';

/** A running gateway to Temporal's Web UI. */
export interface UiGateway {
  url: string;
  close(): Promise<void>;
}

/**
 * Stands before the Web UI of the embedded Temporal and changes one thing: the browser is told to send the cookie of
 * `/codec/login` along when it has payloads decoded. The CLI has no flag for that; the stand-alone UI server has one
 * (`TEMPORAL_CODEC_INCLUDE_CREDENTIALS`).
 *
 * @param port where browsers come, on 127.0.0.1.
 * @param uiPort where the UI really listens.
 * @throws when the port is taken.
 */
export async function openUiGateway(port: number, uiPort: number): Promise<UiGateway> {
  const server = createServer((incoming, answer) => {
    const isSettings = incoming.url?.split('?')[0] === '/api/v1/settings';
    const headers = { ...incoming.headers };
    // The settings are read here, so they must come as plain text.
    if (isSettings) delete headers['accept-encoding'];
    const { method, url: path } = incoming;
    const onward = request({ host: '127.0.0.1', port: uiPort, method, path, headers }, (response) => {
      if (isSettings && response.statusCode === 200) void sendSettings(response, answer);
      else {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      }
      response.on('error', () => answer.destroy());
    });
    onward.on('error', () => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502, { 'content-type': 'text/plain' }).end('Temporal is starting again.\n');
    });
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

async function sendSettings(response: IncomingMessage, answer: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    answer.destroy();
    return;
  }
  const body = Buffer.from(withCredentials(Buffer.concat(chunks).toString()));
  const { 'transfer-encoding': _encoding, ...headers } = response.headers;
  answer.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
}

function withCredentials(text: string): string {
  try {
    const settings = JSON.parse(text) as { Codec?: object };
    return JSON.stringify({ ...settings, Codec: { ...settings.Codec, IncludeCredentials: true } });
  } catch {
    // Not the settings that we know: decoding may not work then, the UI does.
    return text;
  }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
