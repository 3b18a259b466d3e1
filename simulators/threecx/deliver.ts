import type { Pbx } from './pbx';
import type { Delivery, Message, PlayOptions, WebhookTarget } from './play-options';

/**
 * Sends one message. What the bridge refuses is lost: 3CX does not send it again unless `retries` says so.
 *
 * @returns what was sent and what came back; never throws for a failed delivery.
 */
export async function deliver(
  pbx: Pbx,
  message: Message,
  to: WebhookTarget,
  options: PlayOptions,
  id: number,
): Promise<Delivery> {
  const delivery: Delivery = {
    ...message,
    id,
    sentAt: pbx.clock.now(),
    attempts: 0,
    status: 0,
    answer: null,
    error: null,
  };
  do {
    delivery.attempts += 1;
    await attempt(pbx, message, to, options, delivery);
  } while (
    (delivery.status === 0 || delivery.status >= 500) &&
    delivery.attempts <= (options.retries ?? 0) &&
    !pbx.closing.aborted
  );
  return delivery;
}

async function attempt(
  pbx: Pbx,
  message: Message,
  to: WebhookTarget,
  options: PlayOptions,
  delivery: Delivery,
): Promise<void> {
  const url = new URL(`${to.url}${message.path}`);
  const headers: Record<string, string> = { ...message.headers };
  // A template carries its own credentials.
  if (Object.keys(message.headers).length === 0) authorize(to, url, headers);
  let body: string | null = null;
  if (message.transport === 'json') {
    headers['content-type'] ??= 'application/json';
    body = JSON.stringify(message.fields);
  } else {
    const form = toForm(message.fields);
    if (message.transport === 'form') {
      headers['content-type'] ??= 'application/x-www-form-urlencoded';
      body = form.toString();
    } else for (const [name, value] of form) url.searchParams.append(name, value);
  }
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(options.deliveryTimeoutMs ?? 10_000), pbx.closing]);
    const answer = await fetch(url, { method: message.method, headers, body, signal, redirect: 'manual' });
    delivery.status = answer.status;
    delivery.answer = parsed(await answer.text());
    delivery.error = null;
  } catch (error) {
    delivery.status = 0;
    delivery.error = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function authorize(to: WebhookTarget, url: URL, headers: Record<string, string>): void {
  switch (to.auth ?? 'bearer') {
    case 'bearer':
      headers['authorization'] = `Bearer ${to.token}`;
      break;
    case 'basic':
      headers['authorization'] = `Basic ${Buffer.from(`3cx:${to.token}`).toString('base64')}`;
      break;
    case 'header':
      headers['x-webhook-token'] = to.token;
      break;
    case 'query':
      url.searchParams.set('token', to.token);
      break;
  }
}

function toForm(fields: Record<string, unknown>): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) for (const one of value) form.append(name, String(one));
    else form.append(name, value === null || value === undefined ? '' : String(value));
  }
  return form;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
