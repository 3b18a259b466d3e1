import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import type { StandIns } from '../../simulators/demo/stand-ins';
import { callLogPath } from '../../src/threecx/call-log';
import { downloadPath } from '../../src/threecx/recording-list';

/** What the bare workflow is told of one call. */
export interface BareCall {
  callId: string;
  callerNumber: string;
  startedAt: string;
  endedAt: string;
  durationSeconds: number;
  recordingId: number;
}

export interface BareActivities {
  register(call: BareCall): Promise<string>;
  finish(call: BareCall, bitrix24CallId: string): Promise<void>;
  attach(call: BareCall, bitrix24CallId: string): Promise<void>;
}

/** As the product looks first where the id of a call tells its start. */
const marginMs = 10_000;

/**
 * The requests that the product makes for a call with one recording, in the same order to the same stand-ins, and nothing
 * else: no ledger, no budget, no check, no temporary file.
 *
 * @param token of an API client of its own, because a PBX keeps one token for each.
 */
export function createBareActivities({ pbx, portal }: StandIns, token: string): BareActivities {
  const dispatcher = new Agent();

  const portalCall = async (url: string, body: string | Buffer, contentType: string): Promise<unknown> => {
    const answer = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    if (answer.statusCode !== 200)
      throw new Error(`${answer.statusCode} of the portal: ${await answer.body.text()}`);
    return ((await answer.body.json()) as { result: unknown }).result;
  };
  const method = (name: string, params: object): Promise<unknown> =>
    portalCall(
      `${portal.webhookUrl}telephony.externalCall.${name}`,
      JSON.stringify(params),
      'application/json',
    );
  const fromPbx = async (path: string): Promise<Buffer> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await request(`${pbx.url}${path}`, { dispatcher, headers });
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} of the PBX`);
    return Buffer.from(await answer.body.arrayBuffer());
  };

  return {
    async register(call) {
      const result = await method('register', {
        USER_ID: 1269,
        PHONE_NUMBER: call.callerNumber,
        TYPE: 2,
        CALL_START_DATE: call.startedAt,
        CRM_CREATE: 1,
        SHOW: 1,
        ADD_TO_CHAT: 1,
        LINE_NUMBER: '74951234567',
        EXTERNAL_CALL_ID: call.callId,
      });
      return (result as { CALL_ID: string }).CALL_ID;
    },
    async finish(call, bitrix24CallId) {
      await method('finish', {
        CALL_ID: bitrix24CallId,
        USER_ID: 1269,
        DURATION: call.durationSeconds,
        STATUS_CODE: '200',
        ADD_TO_CHAT: 1,
      });
    },
    async attach(call, bitrix24CallId) {
      const from = new Date(Date.parse(call.startedAt) - marginMs);
      const to = new Date(Date.parse(call.endedAt) + marginMs);
      const log = await fromPbx(callLogPath({ from, to }, { top: 100, skip: 0 }));
      JSON.parse(log.toString('utf8'));
      const audio = await fromPbx(downloadPath(call.recordingId));
      const link = await method('attachRecord', { CALL_ID: bitrix24CallId, FILENAME: `${randomUUID()}.wav` });
      const { uploadUrl } = link as { uploadUrl: string };
      const boundary = randomUUID();
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${randomUUID()}.wav"\r\n\r\n`;
      const body = Buffer.concat([Buffer.from(head), audio, Buffer.from(`\r\n--${boundary}--\r\n`)]);
      await portalCall(uploadUrl, body, `multipart/form-data; boundary=${boundary}`);
    },
  };
}
