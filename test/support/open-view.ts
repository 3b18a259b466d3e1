import type { CallView } from '../../src/domain/call-view';

/** The view of a call that is still open and of which little is known, save what is given. */
export function openView(callId: string, given: Partial<CallView> = {}): CallView {
  return {
    callId,
    workflowId: `call/office/${callId}`,
    state: 'open',
    bitrix24CallId: null,
    direction: 'inbound',
    extension: '101',
    userId: null,
    did: null,
    lineNumber: null,
    caller: '…67',
    status: null,
    startedAt: null,
    answeredAt: null,
    endedAt: null,
    durationSeconds: null,
    marks: [],
    recording: { state: 'none', attempts: 0 },
    events: [],
    requests: [],
    ...given,
  };
}
