import { authorisation, usesConsole } from './console-session';
import type { ContactLog } from './contact-log';
import type { ThreecxContext } from './contract';
import { odataWarnings } from './odata';
import { threecxError } from './reasons';
import type { ThreecxReason } from './reasons';
import { retryAfterMs } from './retry-after';
import type { TokenOwner } from './token-owner';
import type { PbxAnswer, PbxRequest } from './transport';
import { readText } from './transport';
import type { PbxTransports } from './transports';

const maxJsonBytes = 8 * 1024 * 1024;
const maxErrorBytes = 65_536;

/** One authorised GET. */
export interface PbxQuestion extends Pick<
  PbxRequest,
  'path' | 'headersTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'
> {
  /** How operators call it, e.g. `3cx.call-log`. */
  label: string;
  /** What a 403 means here. */
  whenForbidden: ThreecxReason;
  /** What a 404 means here. */
  whenMissing: ThreecxReason;
  accept?: string;
}

/** Authorised requests to the PBX, with the token rules of 3cx.md section 5.3. Throws `PeerError` only. */
export class PbxClient {
  constructor(
    private readonly transports: PbxTransports,
    private readonly tokens: TokenOwner,
    private readonly contacts: ContactLog,
  ) {}

  /** Asks for JSON; `parse` throws a `PeerError` when it is of another shape. */
  async json<T>(context: ThreecxContext, question: PbxQuestion, parse: (body: unknown) => T): Promise<T> {
    return this.ask(context, { accept: 'application/json', ...question }, async (answer) => {
      const text = await readText(answer, maxJsonBytes);
      return parse(parseJson(text, answer.status));
    });
  }

  /**
   * Asks, and lets `read` take the successful answer. A 401 is asked again once, with a newer token; a second 401 means
   * that somebody else logs in with our API client, so it waits.
   */
  async ask<T>(
    context: ThreecxContext,
    question: PbxQuestion,
    read: (answer: PbxAnswer) => Promise<T>,
  ): Promise<T> {
    return this.contacts.observe(context, question.label, async () => {
      let token = await this.tokens.current(context.connection);
      let answer = await this.send(context, question, token.value);
      if (answer.status === 401) {
        answer.body.destroy();
        token = await this.tokens.replace(context.connection, token);
        answer = await this.send(context, question, token.value);
      }
      if (answer.status === 401) {
        answer.body.destroy();
        const reason = usesConsole(context.connection) ? 'console-session-refused' : 'token-superseded';
        throw threecxError(reason, { status: 401, retryAfterMs: 60_000 });
      }
      if (answer.status >= 300) throw await refusal(answer, question);
      return read(answer);
    });
  }

  private async send(
    { connection, signal }: ThreecxContext,
    question: PbxQuestion,
    token: string,
  ): Promise<PbxAnswer> {
    const { path, accept, headersTimeoutMs, idleTimeoutMs, totalTimeoutMs } = question;
    return this.transports.for(connection).send({
      method: 'GET',
      path,
      signal,
      headersTimeoutMs,
      idleTimeoutMs,
      totalTimeoutMs,
      headers: { accept: accept ?? '*/*', ...authorisation(connection, token) },
    });
  }
}

function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const html = text.trimStart().startsWith('<');
    throw threecxError(html || text === '' ? 'not-json' : 'cut-short', { status, cause });
  }
}

/** Answers other than success, by 3cx.md section 5.6. */
async function refusal(answer: PbxAnswer, question: PbxQuestion): Promise<Error> {
  const { status, headers } = answer;
  const warnings = odataWarnings(await readText(answer, maxErrorBytes).catch(() => ''));
  const error = (reason: ThreecxReason): Error =>
    threecxError(reason, { status, retryAfterMs: retryAfterMs(headers) });
  if (warnings.includes('FILE_NOT_FOUND')) return error('file-not-there');
  if (warnings.includes('FILE_NOT_ACCESSIBLE')) return error('file-not-accessible');
  if (warnings.includes('INVALID_LICENSE_TYPE')) return error('xapi-missing');
  switch (status) {
    case 403:
      return error(question.whenForbidden);
    case 404:
      return error(question.whenMissing);
    case 410:
      return error('recording-deleted');
    case 408:
    case 425:
    case 429:
    case 502:
    case 503:
      return error('pbx-busy');
    case 504:
      return error('pbx-timeout');
    default:
      return error(status >= 500 ? 'pbx-error' : 'question-refused');
  }
}
