import { z } from 'zod';
import type { Connection } from '../../domain/connection';
import type { PeerError } from '../../domain/peer-error';
import { translateNetworkError } from '../network-error';
import { retryAfterMs } from '../retry-after';
import { threecxError } from '../reasons';
import type { AccessToken, TokenOwner } from '../token-owner';
import type { PbxAnswer } from '../transport';
import { readText } from '../transport';
import type { PbxTransports } from '../transports';
import { pathUnder } from '../transports';
import type { EventSocket } from './event-socket';
import { openEventSocket, UpgradeRefused } from './event-socket';
import type { DnState, Participant } from './participant';
import { readDnStates, readParticipant } from './participant';

const maxBytes = 8 * 1024 * 1024;
const readMs = 10_000;
const supersededMs = 60_000;

const activeCallsSchema = z.object({ value: z.array(z.object({ Id: z.number().int() })) });

/** Everything that is asked of one PBX about calls that go on, with one token for socket and reading. Throws `PeerError`. */
export class PbxLine {
  /** Held, so that the live calls wait for no database; replaced when the PBX refuses it. */
  private token: AccessToken | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly transports: PbxTransports,
    private readonly tokens: Pick<TokenOwner, 'current' | 'replace'>,
  ) {}

  /** Opens the event socket. A 401 is answered by one newer token; a second one means that somebody else logs in. */
  async open(signal: AbortSignal): Promise<EventSocket> {
    const transport = this.transports.for(this.connection);
    const url = `${transport.origin.replace(/^http/, 'ws')}${pathUnder(this.connection, '/callcontrol/ws')}`;
    return this.withToken(async ({ value }) => {
      try {
        return await openEventSocket({ url, token: value, ...transport.socketOptions, signal });
      } catch (error) {
        if (!(error instanceof UpgradeRefused))
          throw translateNetworkError(error, { cancelled: signal.aborted, late: false });
        if (error.status === 401) return 'refused';
        throw refusal(error.status);
      }
    });
  }

  /** The phones of all DNs that the API client may see. */
  async snapshot(signal: AbortSignal): Promise<DnState[]> {
    const body = await this.read('/callcontrol', signal);
    const states = readDnStates(body);
    if (states === null) throw threecxError(body === null ? 'call-control-missing' : 'not-json');
    return states;
  }

  /** One participant as it is now; `gone`: there is none; null: it is in a state that says nothing about the call. */
  async participant(path: string, signal: AbortSignal): Promise<Participant | 'gone' | null> {
    const body = await this.read(path, signal);
    return body === null ? 'gone' : readParticipant(body);
  }

  /** Numbers of all calls of the PBX, those too that no phone we may see is in. Needs the Configuration API. */
  async activeCallNumbers(signal: AbortSignal): Promise<Set<number>> {
    const body = await this.read('/xapi/v1/ActiveCalls?$select=Id', signal);
    const read = activeCallsSchema.safeParse(body);
    if (!read.success) throw threecxError('xapi-missing', { status: 404 });
    return new Set(read.data.value.map(({ Id }) => Id));
  }

  /** Null: 404. */
  private async read(path: string, signal: AbortSignal): Promise<unknown> {
    return this.withToken(async (token) => {
      const answer = await this.transports.for(this.connection).send({
        method: 'GET',
        path: pathUnder(this.connection, path),
        signal,
        headersTimeoutMs: readMs,
        idleTimeoutMs: readMs,
        totalTimeoutMs: readMs,
        headers: { accept: 'application/json', authorization: `Bearer ${token.value}` },
      });
      if (answer.status === 200) return parse(await readText(answer, maxBytes));
      answer.body.destroy();
      if (answer.status === 401) return 'refused';
      if (answer.status === 404) return null;
      throw refusal(answer.status, answer.headers);
    });
  }

  private async withToken<T>(ask: (token: AccessToken) => Promise<T | 'refused'>): Promise<T> {
    this.token ??= await this.tokens.current(this.connection);
    const used = this.token;
    const first = await ask(used);
    if (first !== 'refused') return first;
    // Another reading may have replaced it meanwhile.
    if (this.token === used) this.token = await this.tokens.replace(this.connection, used);
    const second = await ask(this.token);
    if (second !== 'refused') return second;
    this.token = null;
    throw threecxError('token-superseded', { status: 401, retryAfterMs: supersededMs });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw threecxError('not-json', { cause });
  }
}

function refusal(status: number, headers?: PbxAnswer['headers']): PeerError {
  const options = { status, ...(headers !== undefined && { retryAfterMs: retryAfterMs(headers) }) };
  if (status === 403) return threecxError('call-control-right-missing', options);
  if (status === 404) return threecxError('call-control-missing', options);
  if (status >= 300 && status < 400) return threecxError('redirected', options);
  if ([408, 425, 429, 502, 503, 504].includes(status)) return threecxError('pbx-busy', options);
  return threecxError(status >= 500 ? 'pbx-error' : 'question-refused', options);
}
