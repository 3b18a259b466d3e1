import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TestPortal } from './test-client';
import type { Answer } from './test-client';

const mp3 = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(500, 7)]);
const wav = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(300, 1)]);

describe('attachRecord', () => {
  let portal: TestPortal;
  let callId: string;
  beforeEach(async () => {
    portal = await TestPortal.start({ contacts: [{ phones: ['74951234567'] }] });
    callId = await portal.finishedCall();
  });
  afterEach(() => portal.close());

  const attach = (fields: Record<string, unknown>): Promise<Answer> =>
    portal.call('telephony.externalCall.attachRecord', { CALL_ID: callId, ...fields });
  const inline = (name: string, content: Buffer = mp3): Promise<Answer> =>
    attach({ FILENAME: name, FILE_CONTENT: content.toString('base64') });
  const post = async (
    address: string,
    name: string,
    content: Buffer,
    field = 'file',
  ): Promise<[number, unknown]> => {
    const form = new FormData();
    form.append(field, new Blob([content]), name);
    const answer = await fetch(address, { method: 'POST', body: form });
    return [answer.status, await answer.json()];
  };

  it('refuses a call that is not finished', async () => {
    const open = (await portal.register({ EXTERNAL_CALL_ID: '2' })).body.result.CALL_ID;
    const { status, body } = await attach({ CALL_ID: open, FILENAME: 'a.mp3' });
    expect(status).toBe(400);
    expect(body.error_description).toBe(
      'Call is not found in the statistic table. Looks like it is not finished yet.',
    );
  });

  it.each([
    ['nothing', {}, 'Required parameters are not set. Request should contain or URL or FILENAME parameter'],
    [
      'a foreign extension',
      { FILENAME: 'a.ogg', FILE_CONTENT: 'SUQz' },
      'Wrong file extension. Only wav and mp3 are allowed',
    ],
    [
      'an upper-case extension',
      { FILENAME: 'a.MP3', FILE_CONTENT: 'SUQz' },
      'Wrong file extension. Only wav and mp3 are allowed',
    ],
    ['empty content', { FILENAME: 'a.mp3', FILE_CONTENT: '' }, 'File content is empty.'],
    [
      'content that decodes to nothing',
      { FILENAME: 'a.mp3', FILE_CONTENT: '!!!' },
      'File content is not properly encoded. Base64 encoding is expected.',
    ],
  ])('refuses %s', async (_name, fields, text) => {
    const { status, body } = await attach(fields);
    expect([status, body.error_description]).toEqual([400, text]);
  });

  it('refuses in its own language what is no sound', async () => {
    const { status, body } = await inline('a.mp3', Buffer.from('<html>not found</html>'));
    expect([status, body.error, body.error_description]).toEqual([
      400,
      '',
      expect.stringContaining('Dateityp'),
    ]);
  });

  it('decodes Base64 leniently and keeps the very bytes', async () => {
    const text = wav.toString('base64').replace(/(.{10})/g, '$1\n *');
    const { body } = await attach({ FILENAME: 'a.wav', FILE_CONTENT: text });
    const file = portal.control.recordOf(callId);
    expect(file).toMatchObject({
      id: body.result['FILE_ID'],
      name: 'a.wav',
      folder: '2026-03',
      bytes: wav.length,
    });
    expect(await portal.control.sha256(file?.id ?? 0)).toBe(createHash('sha256').update(wav).digest('hex'));
    expect(portal.control.activities[0]?.fileIds).toEqual([file?.id]);
  });

  it('refuses in its own language a name that the month’s folder has, and replaces under a new one', async () => {
    await inline('a.mp3');
    const clash = await inline('a.mp3');
    expect([clash.status, clash.body.error_description]).toEqual([
      400,
      expect.stringContaining('bereits vorhanden'),
    ]);
    await inline('b.mp3', wav);
    expect(portal.control.files.map((file) => file.name)).toEqual(['b.mp3']);
    expect(portal.control.recordOf(callId)?.bytes).toBe(wav.length);
  });

  it('keeps the name taken across calls of one month', async () => {
    await inline('a.mp3');
    const other = await portal.finishedCall({ EXTERNAL_CALL_ID: '2' });
    expect(
      (await attach({ CALL_ID: other, FILENAME: 'a.mp3', FILE_CONTENT: mp3.toString('base64') })).status,
    ).toBe(400);
  });

  it('takes a two-step upload: unchecked name at first, the part’s name then, no time block', async () => {
    const { body } = await attach({ FILENAME: 'whatever.exe' });
    expect(body.result).toEqual({ uploadUrl: expect.stringContaining('/upload/?token='), fieldName: 'file' });
    const address = String(body.result['uploadUrl']);
    expect(address.startsWith(portal.sim.webhookUrl)).toBe(true);
    expect(await post(address, 'a.ogg', mp3)).toEqual([400, expect.objectContaining({ error: '' })]);
    expect(await post(address, 'a.mp3', mp3, 'other')).toEqual([
      400,
      expect.objectContaining({ error_description: 'Error: required parameter file is not found' }),
    ]);
    expect(await post(address, 'a.mp3', mp3)).toEqual([200, { result: { FILE_ID: 70001 } }]);
    expect(await portal.control.readFile(70001)).toEqual(mp3);
    expect(await post(address, 'a.mp3', mp3)).toEqual([400, expect.anything()]);
    expect(await post(address, 'b.mp3', mp3)).toEqual([200, { result: { FILE_ID: 70002 } }]);
    // The previous file of a two-step upload stays.
    expect(portal.control.files).toHaveLength(2);
    expect(portal.control.recordOf(callId)?.id).toBe(70002);
  });

  it('refuses an upload with a forged or foreign link', async () => {
    const { accessToken } = portal.control.issueTokens();
    const { body } = await portal.call(
      'telephony.externalCall.attachRecord',
      { CALL_ID: callId, FILENAME: 'a.mp3' },
      accessToken,
    );
    const address = new URL(String(body.result['uploadUrl']));
    expect(address.pathname).toBe('/rest/upload.json');
    const token = address.searchParams.get('token') ?? '';
    expect(token.startsWith('telephony|')).toBe(true);
    const denied = { error: 'ACCESS_DENIED', error_description: 'Access denied! Link check failed' };
    expect(
      await post(`${portal.sim.webhookUrl}upload/?token=${encodeURIComponent(token)}`, 'a.mp3', mp3),
    ).toEqual([403, denied]);
    address.searchParams.set('token', `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`);
    expect(await post(address.href, 'a.mp3', mp3)).toEqual([403, denied]);
  });

  it('loses the answer of an upload after it was linked: one file, and the repeat needs a new name', async () => {
    const { body } = await attach({ FILENAME: 'a.mp3' });
    const address = String(body.result['uploadUrl']);
    portal.control.faults.add({ kind: 'lose-answer', method: 'upload' });
    await expect(post(address, 'a.mp3', mp3)).rejects.toThrow();
    expect(portal.control.recordOf(callId)?.name).toBe('a.mp3');
    expect((await post(address, 'a.mp3', mp3))[0]).toBe(400);
  });

  it('fetches a record by address from this machine and reports the HTTP code', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/a.mp3' ? 200 : 404;
      response.end(mp3);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gone = await attach({ RECORD_URL: `${base}/gone.mp3`, FILENAME: 'x.mp3' });
    const good = await attach({ RECORD_URL: `${base}/a.mp3` });
    const away = await attach({ RECORD_URL: 'http://192.0.2.1/a.mp3' });
    server.closeAllConnections();
    server.close();
    expect(gone.body.error_description).toBe('Server returns HTTP error code 404');
    expect(portal.control.recordOf(callId)?.id).toBe(good.body.result['FILE_ID']);
    expect(away.status).toBe(400);
  });

  it('makes a new transcript each time and checks every message', async () => {
    const message = { SIDE: 'User', START_TIME: 0, STOP_TIME: 1, MESSAGE: 'Hello' };
    const send = (messages: unknown): Promise<Answer> =>
      portal.call('telephony.call.attachTranscription', { CALL_ID: callId, MESSAGES: messages });
    expect((await send([message])).body.result).toEqual({ TRANSCRIPT_ID: 301 });
    expect((await send([message])).body.result).toEqual({ TRANSCRIPT_ID: 302 });
    expect(portal.control.statistics[0]?.transcriptId).toBe(302);
    expect((await send('x')).body.error_description).toBe('MESSAGES should be an array');
    expect((await send([message, { ...message, SIDE: 'Boss' }])).body.error_description).toBe(
      'MESSAGES[1][SIDE] should be either Client or User',
    );
  });
});
