import type { Context } from 'koa';

/** Answers one request; `params` are the named parts of the path, decoded. */
export type WebhookHandler = (ctx: Context & { params: Record<string, string> }) => Promise<void>;
