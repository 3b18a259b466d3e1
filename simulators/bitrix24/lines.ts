import { requireApplication } from './call-parameters';
import type { Method } from './method';
import { phpString } from './php';
import type { Line } from './portal-state';
import type { Portal } from './portal';
import { telephonyError } from './rest-error';

const longestNumber = 50;

/** The application's line of a number, made silently when there is none; null when no number was given. */
export function ensureLine(portal: Portal, appId: number | null, given: unknown): Line | null {
  const number = phpString(given).trim().slice(0, longestNumber);
  if (number === '') return null;
  return findLine(portal, appId, number) ?? addLine(portal, appId, number, '', 'Y');
}

function findLine(portal: Portal, appId: number | null, number: string): Line | undefined {
  return portal.state.lines.find((line) => line.appId === appId && line.number === number);
}

function addLine(
  portal: Portal,
  appId: number | null,
  number: string,
  name: string,
  crmAutoCreate: 'Y' | 'N',
): Line {
  const line: Line = { id: portal.nextId('line'), number, name, crmAutoCreate, appId };
  portal.state.lines.push(line);
  portal.changes.notify();
  return line;
}

function requireNumber(given: unknown): string {
  const number = phpString(given).trim().slice(0, longestNumber);
  if (number === '') throw telephonyError('NUMBER should not be empty');
  return number;
}

function requireLine(portal: Portal, appId: number | null, number: string): Line {
  const line = findLine(portal, appId, number);
  if (line === undefined) throw telephonyError(`Could not find line with number ${number}`);
  return line;
}

/** telephony.externalLine.*: the lines of the calling application (reference section 5.6). */
export const lineMethods: Record<'add' | 'get' | 'update' | 'delete', Method> = {
  add: {
    scopes: ['telephony'],
    run: (portal, call) => {
      requireApplication(portal, call);
      const number = requireNumber(call.params['NUMBER']);
      const { appId } = call.caller;
      if (findLine(portal, appId, number) !== undefined) throw telephonyError('Line already exists');
      const create = call.params['CRM_AUTO_CREATE'] ?? 'Y';
      const line = addLine(portal, appId, number, phpString(call.params['NAME']), create === 'Y' ? 'Y' : 'N');
      return { result: { ID: line.id } };
    },
  },
  get: {
    scopes: ['telephony'],
    run: (portal, call) => {
      requireApplication(portal, call);
      const own = portal.state.lines.filter((line) => line.appId === call.caller.appId);
      return {
        result: own.map((line) => ({
          NUMBER: line.number,
          NAME: line.name,
          CRM_AUTO_CREATE: line.crmAutoCreate,
        })),
      };
    },
  },
  update: {
    scopes: ['telephony'],
    run: (portal, call) => {
      requireApplication(portal, call);
      const { NAME: name, CRM_AUTO_CREATE: create } = call.params;
      if (name === undefined && create === undefined) throw telephonyError('There are no fields to update');
      const line = requireLine(portal, call.caller.appId, requireNumber(call.params['NUMBER']));
      if (name !== undefined) line.name = phpString(name);
      if (create !== undefined) line.crmAutoCreate = create === 'Y' ? 'Y' : 'N';
      portal.changes.notify();
      return { result: { ID: String(line.id) } };
    },
  },
  delete: {
    scopes: ['telephony'],
    run: (portal, call) => {
      requireApplication(portal, call);
      const line = requireLine(portal, call.caller.appId, requireNumber(call.params['NUMBER']));
      portal.state.lines = portal.state.lines.filter((one) => one !== line);
      portal.changes.notify();
      return { result: [] };
    },
  },
};
