import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import Koa from 'koa';

/** A webhook that only takes a JSON body and does one thing with it, on a port of its own. */
export interface BareWebhook {
  url: string;
  stop(): Promise<void>;
}

/** The least that answers 202 over HTTP with Koa: no token, no limit, no check, no log, no metric. */
export async function openBareWebhook(take: (fields: object) => Promise<void>): Promise<BareWebhook> {
  const app = new Koa();
  app.use(async (ctx) => {
    await take((await json(ctx.req)) as object);
    ctx.status = 202;
    ctx.body = { heldBy: 'temporal' };
  });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}
