import { randomBytes } from 'node:crypto';
import { connectionBody } from '../../support/connection-body';
import { mp3File, wavFile } from '../../support/wav';
import type { HttpCase } from '../http-case';
import { admin, webhook } from '../http-case';

const whole = connectionBody();
const id = { callId: 'a-1' };
const announced = (recordingId: unknown, name = 'recordingId'): ReturnType<typeof webhook> =>
  webhook({ ...id, [name]: recordingId }, { event: 'recording-ready' });
const untold = { status: 202, event: { recordingId: null } };
const pbxAt = (baseUrl: string): ReturnType<typeof admin> =>
  admin(
    'PUT',
    '',
    { ...whole, threecx: { ...whole.threecx, baseUrl } },
    { path: '/api/v1/connections/fresh' },
  );
const portalAt = (url: string): ReturnType<typeof admin> =>
  admin(
    'PUT',
    '',
    { ...whole, bitrix24: { auth: { kind: 'webhook', url } } },
    { path: '/api/v1/connections/fresh' },
  );
const noPbx = { status: 400, field: 'threecx.baseUrl' };
const noPortal = { status: 400, field: 'bitrix24.auth.url' };

/** B60 to B63: addresses in events, of which nothing is called, and addresses in a connection. */
// prettier-ignore
export const recordingAddresses: readonly HttpCase[] = [
  ['B60 this machine as a number', announced('http://2130706433/x.wav'), untold],
  ['B60 this machine in hexadecimal', announced('http://0x7f.1/x.wav'), untold],
  ['B60 this machine in octal', announced('http://017700000001/x.wav'), untold],
  ['B60 this machine in short', announced('http://127.1/x.wav'), untold],
  ['B60 this machine in circles', announced('http://①②⑦.⓪.⓪.①/x.wav'), untold],
  ['B60 this machine by version 6', announced('http://[::ffff:7f00:1]/x.wav'), untold],
  ['B60 this machine with a dot', announced('http://localhost./x.wav'), untold],
  ['B60 the cloud’s own address', announced('http://169.254.169.254/latest/meta-data'), untold],
  ['B60 a user that is a host', announced('https://pbx@evil.example/x.wav'), untold],
  ['B60 a fragment that is a host', announced('https://evil.example#@pbx/x.wav'), untold],
  ['B60 a backslash', announced('http:/\\evil.example/x.wav'), untold],
  ['B60 no scheme', announced('//evil.example/x.wav'), untold],
  ['B60 a list of addresses', announced(['https://pbx.example.com/1.wav', 'http://127.0.0.1:27017/'], 'FILES'), untold],
  ['B60 a list of objects', announced([{ url: 'http://127.0.0.1/' }], 'FILES'), untold],
  ['B60 an id is told', announced('1234'), { status: 202, event: { recordingId: '1234' } }],
  ['B60 link-local as a number', pbxAt('https://2852039166'), noPbx],
  ['B60 link-local by version 6', pbxAt('https://[::ffff:a9fe:a9fe]'), noPbx],
  ['B60 everywhere', pbxAt('https://0.0.0.0'), noPbx],
  ['B60 the cloud’s own address as portal', portalAt('https://169.254.169.254/rest/1/secret/'), noPortal],
  ['B60 plain HTTP beyond this machine', pbxAt('http://pbx.example.com'), noPbx],

  ['B61 a file', announced('file:///etc/passwd'), untold],
  ['B61 FTP', announced('ftp://pbx.example.com/x.wav'), untold],
  ['B61 data', announced('data:audio/wav;base64,UklGRg=='), untold],
  ['B61 gopher', announced('gopher://127.0.0.1:7233/_x'), untold],
  ['B61 a connection to a file', pbxAt('file:///etc/passwd'), noPbx],
  ['B61 a connection by gopher', pbxAt('gopher://127.0.0.1:70'), noPbx],
  ['B61 a connection with a password', pbxAt('https://admin:secret@pbx.example.com'), noPbx],
  ['B61 a portal with a password', portalAt('https://admin:secret@portal.example.com/rest/1/secret/'), noPortal],
  ['B61 a portal that is no webhook', portalAt('https://portal.example.com/'), noPortal],
  ['B61 an address that is an object', admin('PATCH', '', { threecx: { baseUrl: { href: 'https://pbx.example.com' } } }), noPbx],

  ['B62 a name that may lead anywhere', announced('https://rebind.example/7f000001.a9fea9fe/x.wav'), untold],
  ['B62 a name that leads to this machine', announced('http://localtest.me/x.wav'), untold],

  ['B63 a recording that leads upwards', announced('../../etc/passwd'), untold],
  ['B63 a recording that leads upwards in disguise', announced('..%2f..%2fetc'), untold],
  ['B63 a recording with dots inside', announced('a..b'), untold],
  ['B63 a recording with a line break', announced('x.mp3\nx'), untold],
  ['B63 a recording with a NUL', announced('a\0b'), untold],
  ['B63 a recording of 300 characters', announced('x'.repeat(300)), untold],
  ['B63 a path below the PBX that leads upwards', admin('PATCH', '', { threecx: { recordingsPath: '/api/../../admin' } }), { status: 400, field: 'threecx.recordingsPath' }],
  ['B63 a path below the PBX that is an address', admin('PATCH', '', { threecx: { recordingsPath: '//evil.example' } }), { status: 400, field: 'threecx.recordingsPath' }],
  ['B63 a folder that begins nowhere', admin('PATCH', '', { threecx: { recordings: 'folder', folder: '../recordings' } }), { status: 400, field: 'threecx.folder' }],
];

/** An address in the PBX's own list, and where the bytes are asked for; null: nowhere. */
// prettier-ignore
export const listedAddresses: readonly (readonly [name: string, url: string, path: string | null])[] = [
  ['B60 another host', 'https://evil.example/x.wav', null],
  ['B60 another host without scheme', '//evil.example/x.wav', null],
  ['B60 another host with backslashes', '\\\\evil.example\\x.wav', null],
  ['B60 another host behind one slash', '/\\evil.example/x.wav', null],
  ['B60 another host in disguise', 'https:evil.example', null],
  ['B60 blanks in front', '  https://evil.example/', null],
  ['B60 a line break inside', '/x\n.wav', null],
  ['B61 a file', 'file:///etc/passwd', null],
  ['B61 data', 'data:audio/wav,x', null],
  ['B61 a script', 'JavaScript:alert(1)', null],
  ['B63 steps upwards stay on the PBX', '../../../etc/passwd', '/etc/passwd'],
  ['B63 a user in the path is a path', '/pbx@evil.example', '/pbx@evil.example'],
  ['B63 a fragment is nothing', '/x.wav#@evil.example', '/x.wav'],
  ['B63 an honest one', 'files/x.wav', '/api/files/x.wav'],
];

const sound = wavFile(randomBytes(3_200));
const hex = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'hex'), Buffer.alloc(200, 7)]);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Bytes that the PBX gives for a recording, and why they are not attached; null: they are. */
// prettier-ignore
export const recordingBytes: readonly (readonly [name: string, bytes: Buffer, reason: string | null])[] = [
  ['B64 a login page', latin1('<!DOCTYPE html><html><body>Log in</body></html>'), 'not-audio'],
  ['B64 an error in JSON', latin1('{"error":{"code":"","message":"no"}}'), 'not-audio'],
  ['B64 an archive', hex('504b0304'), 'not-audio'],
  ['B64 a program for Windows', hex('4d5a9000'), 'not-audio'],
  ['B64 a program for Linux', hex('7f454c46'), 'not-audio'],
  ['B64 a script', latin1('#!/bin/sh\nrm -rf /\n'), 'not-audio'],
  ['B64 a PDF', latin1('%PDF-1.7\n'), 'not-audio'],
  ['B64 a picture', hex('89504e470d0a1a0a'), 'not-audio'],
  ['B64 PHP', latin1('<?php system($_GET["c"]); ?>'), 'not-audio'],
  ['B64 nothing', Buffer.alloc(0), 'empty'],
  ['B64 a WAV header that promises more', wavFile(randomBytes(320), { dataBytes: 32_000 }), 'cut-short'],
  ['B64 a WAV file that breaks off', sound.subarray(0, 500), 'cut-short'],
  ['B64 a WAV header and nothing', sound.subarray(0, 44), 'cut-short'],
  ['B64 a WAV file of silence that has no length', wavFile(Buffer.alloc(0)), 'empty'],
  ['B64 a format of no size', Buffer.concat([latin1('RIFF\x24\0\0\0WAVEfmt \0\0\0\0data\x04\0\0\0abcd')]), 'not-audio'],
  ['B64 a format of 4 GB', Buffer.concat([latin1('RIFF\x24\0\0\0WAVEfmt \xff\xff\xff\xff'), Buffer.alloc(100)]), 'not-audio'],
  ['B64 chunks that run in circles', Buffer.concat([latin1('RIFF\x24\0\0\0WAVE'), Buffer.alloc(4_000)]), 'cut-short'],
  ['B64 a cover of 20 MB and no sound', mp3File(20 * 1024 * 1024).subarray(0, 20 * 1024 * 1024), 'cut-short'],
  ['B64 a cover of 20 MB and sound', mp3File(20 * 1024 * 1024), null],
  ['B65 WebM', hex('1a45dfa3'), 'not-audio'],
  ['B65 Ogg with Opus', latin1(`OggS\0\x02${'\0'.repeat(20)}OpusHead${'\0'.repeat(50)}`), 'not-audio'],
  ['B65 AAC', hex('fff15080003ffc'), 'not-audio'],
  ['B65 AMR', latin1('#!AMR\n\x3c\x91\x17'), 'not-audio'],
  ['B65 FLAC', latin1('fLaC\0\0\0\x22'), 'not-audio'],
  ['B65 MP4', latin1('\0\0\0\x20ftypM4A \0\0\0\0'), 'not-audio'],
  ['B65 video in RIFF', latin1('RIFF\x24\0\0\0AVI LIST'), 'not-audio'],
  ['B65 WAV', sound, null],
];

/** Ids under which the PBX may keep a recording; none of them becomes the name of a file, here or in Bitrix24. */
export const recordingNames: readonly (readonly [name: string, id: string])[] = [
  ['B63 steps upwards', '../../etc/cron.d/x'],
  ['B63 a NUL', 'a\0b.wav'],
  ['B63 a line break', 'x.mp3\n'],
  ['B63 a device', 'CON'],
  ['B63 300 characters', 'x'.repeat(300)],
  ['B63 Cyrillic', 'запись разговора.wav'],
  ['B63 a program', 'shell.php'],
  ['B63 quotes and a header', 'x"; filename="evil.php'],
];
