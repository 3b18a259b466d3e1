import { callHistory, callHistorySchema, requireShortHistory } from './call-history';
import { callLogAnswer } from './call-log';
import { answerDownload } from './download';
import { didRows, directorySchemas, groupRows, userRows } from './directory-rows';
import { notFound, readArguments } from './function-arguments';
import { inboundCallsAnswer } from './inbound-calls';
import { activeCallRows, activeCallSchema, lastCdr } from './live-rows';
import { answerCollection, parseQuery } from './odata-query';
import type { Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import { roles } from './pbx-state';
import type { Role } from './pbx-state';
import { isSince } from './switches';
import type { IssuedToken } from './tokens';
import { emptyAnswer, jsonAnswer } from './wire';
import type { WireAnswer } from './wire';
import { requireRole } from './xapi-access';
import { recordingCollection, recordingSchema } from './xapi-recordings';

const owners: Role[] = ['system_owners'];
const admins: Role[] = ['system_owners', 'system_admins'];
const readers: Role[] = ['system_owners', 'system_admins', 'group_owners', 'managers', 'group_admins'];

interface Resource {
  /** Name for the log and for faults. */
  endpoint: string;
  roles: readonly Role[];
  answer: (pbx: Pbx, request: PbxRequest, argumentsText: string) => WireAnswer;
}

function collection(schema: Schema, rows: (pbx: Pbx) => Row[]): Resource['answer'] {
  return (pbx, request) => {
    const items = rows(pbx);
    const toRow = (row: Row): Row => row;
    const query = parseQuery(request.query, schema);
    return answerCollection(pbx.origin, { schema, items, toRow }, query);
  };
}

/** Resources by path; letter case counts. A function's name stands before its bracket. */
const resources: Record<string, Resource> = {
  Defs: {
    endpoint: 'defs',
    roles,
    answer: (pbx) => jsonAnswer(200, { value: [{ Id: 1 }] }, versionHeader(pbx)),
  },
  Recordings: {
    endpoint: 'recordings',
    roles: readers,
    answer: (pbx, request) => {
      const query = parseQuery(request.query, recordingSchema(pbx));
      return answerCollection(pbx.origin, recordingCollection(pbx, query.filter), query);
    },
  },
  'Recordings/Pbx.DownloadRecording': {
    endpoint: 'download',
    roles: readers,
    answer: (pbx, _request, text) =>
      answerDownload(pbx, Number(readArguments(text, { recId: 'int' })['recId'])),
  },
  'ReportCallLogData/Pbx.GetCallLogData': { endpoint: 'call-log', roles: readers, answer: callLogAnswer },
  'ReportInboundCalls/Pbx.GetInboundCalls': {
    endpoint: 'inbound-calls',
    roles: readers,
    answer: inboundCallsAnswer,
  },
  CallHistoryView: {
    endpoint: 'call-history',
    roles: owners,
    answer: (pbx, request) => {
      const query = parseQuery(request.query, callHistorySchema);
      requireShortHistory(pbx, query.filter);
      return answerCollection(pbx.origin, callHistory(pbx), query);
    },
  },
  Users: {
    endpoint: 'users',
    roles: readers,
    answer: collection(directorySchemas.users, userRows),
  },
  DidNumbers: {
    endpoint: 'did-numbers',
    roles: admins,
    answer: collection(directorySchemas.dids, didRows),
  },
  Queues: {
    endpoint: 'queues',
    roles: readers,
    answer: collection(directorySchemas.queues, (pbx) => groupRows(pbx, 'queue')),
  },
  RingGroups: {
    endpoint: 'ring-groups',
    roles: readers,
    answer: collection(directorySchemas.ringGroups, (pbx) => groupRows(pbx, 'ring-group')),
  },
  ActiveCalls: {
    endpoint: 'active-calls',
    roles: readers,
    answer: collection(activeCallSchema, activeCallRows),
  },
  LastCdrAndChatMessageTimestamp: {
    endpoint: 'last-cdr',
    roles: readers,
    answer: (pbx) => {
      if (!isSince(pbx.switches, '20.0.7')) throw notFound('before 20.0.7');
      return lastCdr(pbx);
    },
  },
};

/** The name under which a path of XAPI is logged. */
export function xapiEndpoint(path: string): string {
  return find(path)?.resource.endpoint ?? 'xapi';
}

/** Answers one request under `/xapi/v1`. */
export function handleXapi(pbx: Pbx, request: PbxRequest, token: IssuedToken): WireAnswer {
  const found = find(request.path);
  if (found === null) throw notFound('no such resource');
  requireRole(token, found.resource.roles);
  if (request.method !== 'GET') throw new Refusal(emptyAnswer(405, { allow: 'GET' }), '405');
  return found.resource.answer(pbx, request, found.argumentsText);
}

function find(path: string): { resource: Resource; argumentsText: string } | null {
  const match = /^\/xapi\/v1\/([\w./]+)(?:\((.*)\))?$/s.exec(path);
  const name = match?.[1] ?? '';
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined;
  // An entity by its key, e.g. Recordings(17), does not exist on v20; a function without brackets neither.
  if (resource === undefined || name.includes('Pbx.') !== (match?.[2] !== undefined)) return null;
  return { resource, argumentsText: match?.[2] ?? '' };
}

function versionHeader(pbx: Pbx): Record<string, string> {
  return { 'x-3cx-version': `${pbx.switches.version}.1109` };
}
