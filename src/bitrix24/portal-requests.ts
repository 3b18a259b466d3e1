import type { Logger } from 'pino';
import type { z } from 'zod';
import { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import { ContactLog } from './contact-log';
import type { RequestClass, RequestContext } from './contract';
import { CredentialGate } from './credential-gate';
import type { Credential } from './credentials';
import { readCredential } from './credentials';
import { portalAddress } from './portal-address';
import { post } from './http-exchange';
import type { Exchange } from './http-exchange';
import { bitrix24Error } from './reasons';
import { RequestBudget } from './request-budget';
import { TokenOwner } from './token-owner';
import { translateAnswer, unexpectedAnswer } from './translate-answer';
import type { Effect, GoodAnswer } from './translate-answer';

/** What the client is made from. */
export interface Bitrix24ClientOptions {
  store: Store;
  log: Logger;
  /** The longest one request may take, milliseconds. */
  httpTimeoutMs: number;
  /** Default: the machine's. */
  clock?: () => Date;
}

/** One method call. */
export interface MethodCall {
  method: string;
  params: Record<string, unknown>;
  cls: RequestClass;
  effect: Effect;
  /** Requests that it will come to, e.g. two for an upload in two steps. Default 1. */
  requests?: number;
  /** Class in the budget when it is not `cls`; null: its requests were taken before. */
  budgetClass?: RequestClass | null;
}

/** How one request goes out, once its credential is known. */
type Send = (
  credential: Credential,
) => Omit<Exchange, 'effect' | 'signal' | 'timeoutMs'> & { timeoutMs?: number };

/** The way of every request to a portal: gate, budget, one POST, translation, and what is learnt from the answer. */
export class PortalRequests {
  private readonly contact: ContactLog;
  private readonly gate: CredentialGate;
  private readonly budget: RequestBudget;
  private readonly tokens: TokenOwner;
  readonly store: Store;
  readonly httpTimeoutMs: number;
  readonly clock: () => Date;

  constructor({ store, log, httpTimeoutMs, clock = () => new Date() }: Bitrix24ClientOptions) {
    this.store = store;
    this.httpTimeoutMs = httpTimeoutMs;
    this.clock = clock;
    this.contact = new ContactLog(store, log);
    this.gate = new CredentialGate(store, log, clock);
    this.budget = new RequestBudget(store, log, clock);
    this.tokens = new TokenOwner(store, clock);
  }

  /**
   * Calls a method with JSON and reads its `result` by a schema.
   *
   * @throws PeerError, `store-unreachable` included: then nothing was sent.
   */
  async call<T>(context: RequestContext, call: MethodCall, schema: z.ZodType<T>): Promise<T> {
    return this.read(await this.answer(context, call), schema, call.effect);
  }

  /** Calls a method with JSON and gives the whole answer, for lists. */
  async answer(context: RequestContext, call: MethodCall): Promise<GoodAnswer> {
    return this.withFreshToken(context, call, ({ address, accessToken }) => ({
      url: new URL(`${address.base}${call.method}`),
      contentType: 'application/json',
      body: JSON.stringify(accessToken === null ? call.params : { ...call.params, auth: accessToken }),
    }));
  }

  /** Takes a call's requests out of the budget beforehand. @throws PeerError `not-yet` with the time to wait. */
  async take(
    context: RequestContext,
    { cls, method, requests = 1 }: Pick<MethodCall, 'cls' | 'method' | 'requests'>,
  ): Promise<void> {
    await this.budget.take(context, portalAddress(context.connection), cls, method, requests);
  }

  /** Posts to an address that the portal named for this very purpose; its request was taken from the budget before. */
  async postTo<T>(context: RequestContext, call: MethodCall, send: Send, schema: z.ZodType<T>): Promise<T> {
    const credential = await readCredential(this.store, context.connection, 'recent');
    return this.read(await this.exchange(context, call, credential, send), schema, call.effect);
  }

  /** Repeats once with a renewed access token: the portal refuses an expired one before it does anything. */
  private async withFreshToken(context: RequestContext, call: MethodCall, send: Send): Promise<GoodAnswer> {
    const credential = await beforeSending(readCredential(this.store, context.connection, 'recent'));
    if (context.onPurpose !== true) await beforeSending(this.gate.admit(context, credential, call.method));
    if (context.connection.bitrix24.auth.kind === 'application' && credential.accessToken === null) {
      const error = bitrix24Error('authorisation', 'application-not-installed');
      this.contact.health(context, error);
      throw error;
    }
    const { requests = 1, budgetClass = call.cls } = call;
    if (budgetClass !== null)
      await beforeSending(this.budget.take(context, credential.address, budgetClass, call.method, requests));
    try {
      return await this.exchange(context, call, credential, send);
    } catch (error) {
      if (!(error instanceof PeerError) || error.reason !== 'token-expired') throw error;
    }
    const renewed = await beforeSending(this.renew(context, credential));
    await beforeSending(this.budget.take(context, credential.address, call.cls, call.method, requests));
    return this.exchange(context, call, renewed, send);
  }

  private async renew(context: RequestContext, used: Credential): Promise<Credential> {
    try {
      return await this.tokens.renewed(context.connection, used);
    } catch (error) {
      if (error instanceof PeerError) this.contact.health(context, error);
      throw error;
    }
  }

  private async exchange(
    context: RequestContext,
    { method, effect, cls }: MethodCall,
    credential: Credential,
    send: Send,
  ): Promise<GoodAnswer> {
    const outgoing = send(credential);
    const { timeoutMs = this.httpTimeoutMs } = outgoing;
    const at = this.clock();
    let translation;
    try {
      const limitMs = Math.min(timeoutMs, this.timeLeftMs(context));
      const raw = await post({ ...outgoing, effect, timeoutMs: limitMs, signal: context.signal });
      translation = translateAnswer(raw, method, effect);
    } catch (error) {
      if (error instanceof PeerError) this.contact.note(context, method, at, error);
      throw error;
    }
    if (translation.ok) {
      this.contact.note(context, method, at, null);
      await this.gate.accepted(credential, method);
      await this.budget.answered(credential.address, cls, method, translation.answer.time);
      return translation.answer;
    }
    const { reach } = translation;
    const error = await this.budget.refused(context, credential.address, method, translation.error);
    this.contact.note(context, method, at, error);
    if (reach !== null) await this.gate.refused(credential, method, error, reach);
    // The method's own checks come after authorisation and scope, so a refusal by them proves those.
    else if (error.reaction === 'refused' || error.reaction === 'gone')
      await this.gate.accepted(credential, method);
    throw error;
  }

  /** @throws PeerError when the caller's attempt is over: another one may be running already. */
  private timeLeftMs({ notAfterMs }: RequestContext): number {
    if (notAfterMs === undefined) return Infinity;
    const leftMs = notAfterMs - Date.now();
    if (leftMs <= 0) throw bitrix24Error('not-yet', 'attempt-too-late');
    return leftMs;
  }

  private read<T>(answer: GoodAnswer, schema: z.ZodType<T>, effect: Effect): T {
    const parsed = schema.safeParse(answer.result);
    if (!parsed.success) throw unexpectedAnswer(effect);
    return parsed.data;
  }
}

/** Our own store failed: nothing was sent that would have to be looked up. */
async function beforeSending<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PeerError) throw error;
    throw bitrix24Error('not-yet', 'store-unreachable', { cause: error });
  }
}
