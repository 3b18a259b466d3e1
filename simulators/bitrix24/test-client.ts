import { startBitrix24Simulator } from './index';
import type { Bitrix24Simulator, Bitrix24SimulatorOptions } from './index';

/** An answer of the stand-in portal as a test looks at it. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: {
    result: T;
    time?: Record<string, unknown>;
    total?: number;
    next?: number;
    error?: string;
    error_description?: string;
  };
}

/** A portal whose time stands still, and a short way to call its methods with the webhook. */
export class TestPortal {
  constructor(readonly sim: Bitrix24Simulator) {}

  /** Starts a portal at 2026-03-10T10:00:00Z. */
  static async start(options: Bitrix24SimulatorOptions = {}): Promise<TestPortal> {
    const sim = await startBitrix24Simulator({ clock: () => Date.UTC(2026, 2, 10, 10), ...options });
    return new TestPortal(sim);
  }

  get control(): Bitrix24Simulator['control'] {
    return this.sim.control;
  }

  /** POSTs JSON with the webhook, or with an access token when one is given. */
  async call<T = Record<string, unknown>>(
    method: string,
    params: Record<string, unknown> = {},
    accessToken?: string,
  ): Promise<Answer<T>> {
    const address =
      accessToken === undefined ? `${this.sim.webhookUrl}${method}` : `${this.sim.url}/rest/${method}`;
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(accessToken === undefined ? params : { ...params, auth: accessToken }),
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as Answer<T>['body'],
    };
  }

  /** Registers an incoming call of Anna's; fields may be changed. */
  register(
    fields: Record<string, unknown> = {},
  ): Promise<Answer<{ CALL_ID: string } & Record<string, unknown>>> {
    return this.call('telephony.externalCall.register', {
      USER_ID: 1269,
      PHONE_NUMBER: '74951234567',
      TYPE: 2,
      CALL_START_DATE: this.at(0),
      SHOW: 0,
      CRM_CREATE: 0,
      EXTERNAL_CALL_ID: 'call-1',
      ...fields,
    });
  }

  /** Finishes a call as Anna. */
  finish(callId: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    return this.call('telephony.externalCall.finish', {
      CALL_ID: callId,
      USER_ID: 1269,
      DURATION: 12,
      ...fields,
    });
  }

  /** Registers and finishes a call; answers its CALL_ID. */
  async finishedCall(fields: Record<string, unknown> = {}): Promise<string> {
    const { CALL_ID: callId } = (await this.register(fields)).body.result;
    await this.finish(callId);
    return callId;
  }

  /** The portal's time, moved by minutes, as ISO with a zone. */
  at(minutes: number): string {
    return new Date(this.control.clock.now() + minutes * 60_000).toISOString();
  }

  close(): Promise<void> {
    return this.sim.close();
  }
}
