import type { CallView } from '../../src/domain/call-view';

/** A finished call as the ledger keeps it. */
export function closedCall(callId: string, startedAt: string): CallView {
  return {
    callId,
    workflowId: `call/office/${callId}`,
    state: 'finished',
    bitrix24CallId: 'externalCall.1',
    direction: 'inbound',
    extension: '201',
    userId: 1,
    did: null,
    lineNumber: null,
    caller: '…67',
    status: '200',
    startedAt,
    answeredAt: null,
    endedAt: null,
    durationSeconds: 10,
    marks: [],
    recording: { state: 'none', attempts: 0 },
    events: [],
    requests: [],
  };
}
