import type { CallView } from '../../src/domain/call-view';
import { openView } from './open-view';

/** A finished call as the ledger keeps it. */
export function closedCall(callId: string, startedAt: string): CallView {
  return openView(callId, {
    state: 'finished',
    bitrix24CallId: 'externalCall.1',
    extension: '201',
    userId: 1,
    status: '200',
    startedAt,
    durationSeconds: 10,
  });
}
