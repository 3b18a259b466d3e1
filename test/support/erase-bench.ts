import type { CallView } from '../../src/domain/call-view';
import type { AdminLab } from './admin-lab';
import { openAdminLab } from './admin-lab';
import { token } from './api-lab';
import { openView } from './open-view';

/** Registers the hooks of a test file about erasing a person, and gives the tools for it. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the type is the list below
export function useEraseBench() {
  let lab: AdminLab;
  beforeEach(async () => {
    lab = await openAdminLab();
  });
  afterEach(() => lab.close());

  const number = '79991234567';
  const erase = (phoneNumber: unknown) =>
    lab.ask('POST', '/connections/office/erase', { body: { phoneNumber } });
  const callsOf = async (phoneNumber: string): Promise<number> =>
    (await lab.ask('POST', '/connections/office/calls/search', { body: { phoneNumber } })).body.items.length;
  const send = (event: string, body: object) =>
    lab.askRoot('POST', `/webhooks/3cx/office/${event}`, { key: token, body });

  const view = (callId: string, state: CallView['state'] = 'finished'): CallView =>
    openView(callId, {
      state,
      bitrix24CallId: 'externalCall.1',
      userId: 1,
      did: '74951234567',
      lineNumber: '74951234567',
      status: '200',
      startedAt: '2026-11-25T10:00:00.000+03:00',
      durationSeconds: 5,
    });

  const hash = (digits: string): string => lab.store.hashNumber('office', digits);
  const workflowOf = (callId: string): string => `call/office/${callId}`;
  /** A call, and its workflow, which runs until the row is closed. */
  const save = (callId: string, digits: string, closed: boolean, state?: CallView['state']) => {
    lab.gateway.statuses.set(workflowOf(callId), closed ? 'closed' : 'open');
    const told = view(callId, state ?? (closed ? 'finished' : 'open'));
    return lab.store.calls.save('office', told, 1, { closed, callerHash: hash(digits) });
  };
  /** The last word of a call: a later save tells no number. */
  const end = (callId: string) => {
    lab.gateway.statuses.set(workflowOf(callId), 'closed');
    return lab.store.calls.save('office', view(callId), 2, { closed: true });
  };
  const claim = (callId: string, startedAt = new Date().toISOString()) =>
    lab.store.claims.claim(
      {
        connection: 'office',
        callId,
        workflowId: `call/office/${callId}`,
        callerHash: hash(number),
        startedAt,
        extension: '101',
        fromReport: callId.startsWith('report-'),
      },
      120_000,
    );

  return {
    /** The server of the test that runs. */
    get lab() {
      return lab;
    },
    number,
    erase,
    callsOf,
    send,
    view,
    hash,
    workflowOf,
    save,
    end,
    claim,
  };
}
