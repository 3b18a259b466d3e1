import { randomUUID } from 'node:crypto';
import { answerDownload } from './download';
import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import { emptyAnswer, jsonAnswer } from './wire';
import type { WireAnswer } from './wire';
import { activeCallRows } from './live-rows';

/**
 * The undocumented console API of v18 (3cx.md 4.7): a cookie session, the list of recordings, their bytes, the active calls.
 * The download address was reported by one user of an older version and never confirmed.
 */
export class ConsoleApi {
  private readonly sessions = new Set<string>();

  constructor(private readonly pbx: Pbx) {}

  /** Whether the path belongs to it. */
  static owns(path: string): boolean {
    return /^\/api\/(login|logout|RecordingList|RecordingList\/download|activeCalls)$/.test(path);
  }

  /** Answers one request; throws a Refusal. */
  answer(request: PbxRequest): WireAnswer {
    if (!this.pbx.switches.consoleApi) throw new Refusal(emptyAnswer(404), 'switched off');
    if (request.path === '/api/login') return this.login(request);
    const session = /(?:^|;\s*)\.AspNetCore\.Cookies=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (session === undefined || !this.sessions.has(session)) throw new Refusal(emptyAnswer(401), '401');
    if (request.path === '/api/logout') {
      this.sessions.delete(session);
      return emptyAnswer(200);
    }
    if (request.method !== 'GET') throw new Refusal(emptyAnswer(405, { allow: 'GET' }), '405');
    if (request.path === '/api/activeCalls') return jsonAnswer(200, { list: activeCallRows(this.pbx) });
    if (request.path === '/api/RecordingList/download') return this.download(request.query.get('file') ?? '');
    return this.recordings(request.query);
  }

  /** Ends all sessions. */
  clear(): void {
    this.sessions.clear();
  }

  private login(request: PbxRequest): WireAnswer {
    if (request.method !== 'POST') throw new Refusal(emptyAnswer(405, { allow: 'POST' }), '405');
    const { pbx } = this;
    const given = parsed(request.body);
    const user = pbx.directory.extensions.find(
      (one) =>
        one.number === given['Username'] && one.password !== null && one.password === given['Password'],
    );
    if (user === undefined) {
      pbx.blocklist.fail(request.remoteAddress, pbx.switches.allowedFailures);
      return { status: 200, contentType: 'text/plain', body: 'AuthFailed' };
    }
    const session = randomUUID();
    this.sessions.add(session);
    return {
      status: 200,
      contentType: 'text/plain',
      body: 'AuthSuccess',
      headers: { 'set-cookie': `.AspNetCore.Cookies=${session}; path=/; httponly; samesite=lax` },
    };
  }

  private download(file: string): WireAnswer {
    const recording = /^[0-9]{1,9}$/.test(file) ? this.pbx.recording(Number(file)) : undefined;
    if (recording === undefined || recording.deleted || recording.fileAt > this.pbx.clock.now())
      throw new Refusal(emptyAnswer(404), 'no such file');
    return answerDownload(this.pbx, recording.id);
  }

  private recordings(query: URLSearchParams): WireAnswer {
    const [count, start] = [query.get('count'), query.get('start')].map((text) => Number(text ?? NaN));
    if (!Number.isInteger(count) || !Number.isInteger(start))
      throw new Refusal(emptyAnswer(400), 'count, start');
    const now = this.pbx.clock.now();
    const rows = this.pbx.recordings
      .filter((recording) => recording.rowAt <= now)
      .reverse()
      .map((recording) => ({
        Id: recording.id,
        IsArchived: recording.archived,
        Date: new Date(recording.startedAt).toISOString(),
        Transcription: '',
        Participants: [recording.extension],
        CallerNumber: recording.from.kind === 'outside' ? recording.from.number : recording.to.number,
        DID: recording.did ?? '',
      }));
    return jsonAnswer(200, {
      TotalRowsCount: rows.length,
      isArchiveEnabled: false,
      isGDriveSelected: false,
      transferRecordings: false,
      list: rows.slice(start, (start ?? 0) + (count ?? 0)),
    });
  }
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
