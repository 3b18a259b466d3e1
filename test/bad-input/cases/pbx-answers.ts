import { gzipSync } from 'node:zlib';
import type { PeerAnswer } from './crm-answers';

/** The requests of the PBX that the table looks at; `logIn` is what all of them begin with. */
export type PbxMethod = 'callLog' | 'recordings' | 'recordingsByCallId' | 'logIn';

/** Either how it is reacted to, as `reaction reason`, or what is made of it. */
export type PbxCase = readonly [
  name: string,
  method: PbxMethod,
  answer: PeerAnswer,
  outcome: string | object,
];

/** The token of the connection, which a PBX may echo. */
export const pbxSecret = 'canary-token-of-the-pbx';

const rows = (value: unknown): PeerAnswer => ({ body: { value } });
const broken = 'not-yet not-json';
const cutShort = 'not-yet cut-short';

/** B70 to B75, on the side of the PBX. */
// prettier-ignore
export const pbxAnswers: readonly PbxCase[] = [
  ['B70 the PBX answers nothing', 'callLog', { body: '' }, broken],
  ['B70 the PBX answers half', 'callLog', { body: '{"value":[{' }, cutShort],
  ['B70 the PBX answers a login page', 'callLog', { body: '<html>', headers: { 'content-type': 'text/html' } }, broken],
  ['B70 the PBX answers a list', 'callLog', { body: [] }, broken],
  ['B70 the PBX answers null', 'callLog', rows(null), broken],
  ['B70 the PBX answers rows of words', 'callLog', rows(['row']), broken],
  ['B70 the PBX answers no rows', 'callLog', rows([]), []],
  ['B70 the PBX lists recordings of words', 'recordings', rows('none'), broken],
  ['B70 the PBX lists an object by call id', 'recordingsByCallId', { body: { list: {} } }, broken],
  ['B70 the PBX lists a recording without address', 'recordingsByCallId', { body: [{ id: 1 }] }, broken],
  ['B70 the PBX lists nothing by call id', 'recordingsByCallId', { body: [] }, { state: 'not-yet' }],
  ['B70 a log-in that gives no token', 'logIn', { body: {} }, broken],
  ['B70 a log-in that gives a number', 'logIn', { body: { access_token: 7, expires_in: 60 } }, broken],
  ['B70 a log-in that gives a page', 'logIn', { body: '<html>' }, broken],
  ['B73 the PBX echoes our token', 'callLog', { status: 400, body: { error: { code: pbxSecret, message: pbxSecret } } }, 'not-yet question-refused'],
  ['B74 a gzip bomb of the PBX', 'callLog', { body: gzipSync(Buffer.alloc(50_000_000)), headers: { 'content-encoding': 'gzip' } }, cutShort],
  ['B74 an answer of the PBX without end', 'callLog', { endless: true }, 'not-yet answer-too-large'],
  ['B74 the PBX leads elsewhere', 'callLog', { status: 302, headers: { location: 'http://evil.example/' } }, 'not-yet redirected'],
  ['B74 a page of the list that leads elsewhere', 'callLog', { body: { value: [], '@odata.nextLink': 'http://evil.example/xapi' } }, []],
  ['B74 200,000 lists in each other', 'callLog', { body: `{"value":${'['.repeat(200_000)}${']'.repeat(200_000)}}` }, broken],
  ['B75 recordings of another call', 'recordingsByCallId', { body: [{ id: 1, callId: 'another', url: '/x.wav' }] }, { state: 'not-yet' }],
];
