import type { FaultOptions as PortalFault } from '../../simulators/bitrix24/faults';
import type { FaultOptions as PbxFault } from '../../simulators/threecx/faults';
import { httpTimeoutMs } from '../lab';
import type { FaultKind } from './kind';

const register = 'telephony.externalcall.register';
const finish = 'telephony.externalcall.finish';
const attach = 'telephony.externalcall.attachrecord';
/** Longer than the portal's gateway waits. */
const tooLongMs = httpTimeoutMs + 1_000;

type Row<Fault> = [name: string, matrix: string, ...faults: Fault[]];

/** Answers of the portal, lost or spoiled after the effect, or refused before it. */
const portal: Row<PortalFault>[] = [
  ['register-answer-lost', 'F32', { kind: 'lose-answer', method: register }],
  ['finish-answer-lost', 'F32', { kind: 'lose-answer', method: finish }],
  ['finish-half-done', 'F32', { kind: 'midway', method: finish }],
  ['attach-answer-lost', 'F32', { kind: 'lose-answer', method: attach }],
  ['upload-answer-lost', 'F32', { kind: 'lose-answer', method: 'upload' }],
  ['register-answer-late', 'F32', { kind: 'hang', method: register, ms: tooLongMs, afterCommit: true }],
  ['finish-answer-late', 'F32', { kind: 'hang', method: finish, ms: tooLongMs, afterCommit: true }],
  ['portal-request-lost', 'F31', { kind: 'lose-request', method: finish }],
  ['portal-resets', 'F31', { kind: 'reset', count: 3 }],
  ['portal-hangs', 'F31', { kind: 'hang', ms: tooLongMs, count: 2 }],
  ['portal-slow', 'F31', { kind: 'hang', ms: 1_200, count: 4 }],
  ['portal-500', 'F30', { kind: 'error-500', count: 3 }],
  ['portal-500-after-effect', 'F30', { kind: 'error-500', method: finish, afterCommit: true }],
  ['portal-502-html', 'F30', { kind: 'html-502', count: 3 }],
  ['portal-502-after-effect', 'F30', { kind: 'html-502', method: register, afterCommit: true }],
  ['portal-200-html', 'F30', { kind: 'html-200', method: register }],
  ['portal-half-json', 'F30', { kind: 'half-json', method: finish }],
  ['portal-empty-body', 'F30', { kind: 'empty-body', method: register }],
  ['portal-rate-limited', 'F28', { kind: 'rate-limited', count: 2 }],
];

/** What the portal says when it has blocked a method or a client: the bridge then asks nothing for ten or fifteen minutes. */
const blocks: Row<PortalFault>[] = [
  ['portal-operating-limited', 'F29', { kind: 'operating-limited', method: finish }],
  ['portal-overloaded', 'F34', { kind: 'overloaded' }],
];

/** Answers of the PBX: tokens, recordings, files. */
const pbx: Row<PbxFault>[] = [
  ['pbx-token-expired', 'F40', { kind: 'expire-token', endpoint: 'download' }],
  ['pbx-401', 'F40', { kind: 'unauthorized', endpoint: 'call-log' }],
  ['pbx-500', 'F30', { kind: 'error-500', endpoint: 'recordings', count: 2 }],
  ['pbx-503-html', 'F46', { kind: 'html-503', endpoint: 'recordings', count: 2 }],
  ['pbx-half-json', 'F30', { kind: 'half-json', endpoint: 'recordings' }],
  ['pbx-resets', 'F31', { kind: 'reset', endpoint: 'recordings', count: 2 }],
  ['recording-missing-for-a-time', 'F37', { kind: 'file-not-found', endpoint: 'download', count: 3 }],
  ['recording-cut', 'F38', { kind: 'cut', endpoint: 'download' }],
  ['recording-short', 'F38', { kind: 'short-file', endpoint: 'download' }],
  ['recording-wrong-length', 'F38', { kind: 'wrong-length', endpoint: 'download' }],
  ['recording-html', 'F38', { kind: 'html-200', endpoint: 'download' }],
  ['recording-redirected', 'F38', { kind: 'redirect', endpoint: 'download' }],
  ['recording-slow', 'F39', { kind: 'slow', endpoint: 'download', bytesPerSecond: 150_000 }],
];

function kindOf<Fault>(
  [name, matrix, ...faults]: Row<Fault>,
  peer: 'portal' | 'pbx',
  add: (
    lab: Parameters<FaultKind['run']>[0]['lab'],
    fault: Fault,
  ) => { hits: number; count?: number; id: number },
): FaultKind {
  return {
    name,
    matrix,
    lane: 'peers',
    run: async ({ lab, within }) => {
      const set = faults.map((fault) => add(lab, fault));
      await within(() => set.every(({ hits, count = 1 }) => hits >= count));
      for (const { id } of set) lab[peer].control.faults.remove(id);
      return set.reduce((sum, { hits }) => sum + hits, 0);
    },
  };
}

/** Faults of the two peers, by the switches of the stand-ins. */
export const peerFaults: FaultKind[] = [
  ...portal.map((row) => kindOf(row, 'portal', (lab, fault) => lab.portal.control.faults.add(fault))),
  ...blocks.map((row): FaultKind => ({
    ...kindOf(row, 'portal', (lab, fault) => lab.portal.control.faults.add(fault)),
    blocksLong: true,
  })),
  ...pbx.map((row) => kindOf(row, 'pbx', (lab, fault) => lab.pbx.control.faults.add(fault))),
];
