import type { FaultOptions } from '../../simulators/threecx/faults';
import type { FaultKind, FaultRun } from './kind';
import { untilHit } from './until-hit';

type Row = [name: string, matrix: string, what: string, fault: FaultOptions];

/** Answers of the PBX: tokens, recordings, files. */
const answers: Row[] = [
  ['pbx-token-expired', 'F40', 'the token dies', { kind: 'expire-token', endpoint: 'download' }],
  ['pbx-401', 'F40', 'a good token is refused', { kind: 'unauthorized', endpoint: 'call-log' }],
  ['pbx-500', 'F30', 'two times 500', { kind: 'error-500', endpoint: 'recordings', count: 2 }],
  ['pbx-503-html', 'F46', 'two times 503', { kind: 'html-503', endpoint: 'recordings', count: 2 }],
  ['pbx-half-json', 'F30', 'half an answer', { kind: 'half-json', endpoint: 'recordings' }],
  ['pbx-empty-body', 'F30', 'an empty answer', { kind: 'empty-body', endpoint: 'recordings' }],
  ['pbx-resets', 'F31', 'two connections reset', { kind: 'reset', endpoint: 'recordings', count: 2 }],
  [
    'recording-missing-for-a-time',
    'F37',
    'listed and not there, three times',
    { kind: 'file-not-found', endpoint: 'download', count: 3 },
  ],
  ['recording-cut', 'F38', 'the connection breaks in the file', { kind: 'cut', endpoint: 'download' }],
  ['recording-short', 'F38', 'half of the file, well-formed', { kind: 'short-file', endpoint: 'download' }],
  ['recording-wrong-length', 'F38', 'a wrong length', { kind: 'wrong-length', endpoint: 'download' }],
  ['recording-html', 'F38', 'a log-in page', { kind: 'html-200', endpoint: 'download' }],
  ['recording-redirected', 'F38', 'a redirect elsewhere', { kind: 'redirect', endpoint: 'download' }],
  [
    'recording-slow',
    'F39',
    'the file drips in',
    { kind: 'slow', endpoint: 'download', bytesPerSecond: 50_000 },
  ],
];

async function stayAway({ lab }: FaultRun): Promise<number> {
  const fault = lab.pbx.control.faults.add({ kind: 'html-503', endpoint: 'call-log', count: Infinity });
  await lab.reconcile().catch(() => undefined);
  lab.pbx.control.faults.remove(fault.id);
  return fault.hits;
}

/** Faults of the PBX, by the switches of the stand-in. */
export const pbxFaults: FaultKind[] = [
  ...answers.map(([name, matrix, what, fault]): FaultKind => ({
    ...{ name, matrix, what: `PBX: ${what}`, lane: 'pbx', quick: true },
    run: ({ lab, within }) => untilHit(lab.pbx.control.faults, fault, within),
  })),
  {
    ...{ name: 'pbx-away-for-reconcile', matrix: 'F46', lane: 'pbx' },
    what: 'the PBX answers 503 while somebody orders a comparison with its call log',
    run: stayAway,
  },
];
