import { setTimeout as pause } from 'node:timers/promises';
import type { FaultOptions } from '../../simulators/bitrix24/faults';
import { httpTimeoutMs } from '../lab';
import type { FaultKind, FaultRun } from './kind';
import { untilHit } from './until-hit';

const register = 'telephony.externalcall.register';
const finish = 'telephony.externalcall.finish';
const attach = 'telephony.externalcall.attachrecord';
/** Longer than the portal's gateway waits. */
const tooLongMs = httpTimeoutMs + 1_000;

type Row = [name: string, matrix: string, what: string, fault: FaultOptions];

/** Answers of the portal, lost or spoiled after the effect, or refused before it. */
const answers: Row[] = [
  ['register-answer-lost', 'F32', 'registered, no answer', { kind: 'lose-answer', method: register }],
  ['finish-answer-lost', 'F32', 'finished, no answer', { kind: 'lose-answer', method: finish }],
  ['finish-half-done', 'F32', 'row and activity written, call left open', { kind: 'midway', method: finish }],
  ['attach-answer-lost', 'F32', 'upload announced, no answer', { kind: 'lose-answer', method: attach }],
  ['upload-answer-lost', 'F32', 'file taken, no answer', { kind: 'lose-answer', method: 'upload' }],
  [
    'register-answer-late',
    'F32',
    'registered, the gateway gives up',
    { kind: 'hang', method: register, ms: tooLongMs, afterCommit: true },
  ],
  [
    'finish-answer-late',
    'F32',
    'finished, the gateway gives up',
    { kind: 'hang', method: finish, ms: tooLongMs, afterCommit: true },
  ],
  ['portal-request-lost', 'F31', 'a finish never arrives', { kind: 'lose-request', method: finish }],
  ['portal-resets', 'F31', 'three connections reset', { kind: 'reset', count: 3 }],
  ['portal-hangs', 'F31', 'two requests end in 504', { kind: 'hang', ms: tooLongMs, count: 2 }],
  ['portal-slow', 'F31', 'four requests take 1.2 s', { kind: 'hang', ms: 1_200, count: 4 }],
  ['portal-500', 'F30', 'three times 500', { kind: 'error-500', count: 3 }],
  [
    'portal-500-after-effect',
    'F30',
    'finished, answered by 500',
    { kind: 'error-500', method: finish, afterCommit: true },
  ],
  ['portal-502-html', 'F30', 'three times the page of a gateway', { kind: 'html-502', count: 3 }],
  [
    'portal-502-after-effect',
    'F30',
    'registered, answered by the page of a gateway',
    { kind: 'html-502', method: register, afterCommit: true },
  ],
  ['portal-200-html', 'F30', 'registered, 200 with HTML', { kind: 'html-200', method: register }],
  ['portal-half-json', 'F30', 'finished, half an answer', { kind: 'half-json', method: finish }],
  ['portal-empty-body', 'F30', 'registered, 200 with nothing', { kind: 'empty-body', method: register }],
  ['portal-huge-answer', 'F30', 'finished, 32 MB of answer', { kind: 'oversized', method: finish }],
  ['portal-redirects', 'F30', 'a redirect in place of an answer', { kind: 'redirect', method: register }],
  ['portal-rate-limited', 'F28', 'twice QUERY_LIMIT_EXCEEDED', { kind: 'rate-limited', count: 2 }],
];

/** What the portal says when it has blocked a method or a client: the bridge then asks nothing for ten or fifteen minutes. */
const blocks: Row[] = [
  ['portal-operating-limited', 'F29', 'finish blocked', { kind: 'operating-limited', method: finish }],
  ['portal-overloaded', 'F34', 'everything blocked', { kind: 'overloaded' }],
];

const slow = ['register-answer-late', 'finish-answer-late', 'portal-hangs'];

function kindOf([name, matrix, what, fault]: Row): FaultKind {
  return {
    ...{
      name,
      matrix,
      what: `portal: ${what}`,
      lane: 'portal',
      ...(!slow.includes(name) && { quick: true }),
    },
    run: ({ lab, within }) => untilHit(lab.portal.control.faults, fault, within),
  };
}

async function switchOff({ lab, random }: FaultRun): Promise<number> {
  const off = lab.portal.control.faults.add({ kind: 'html-502', count: Infinity });
  await pause(15_000 + random() * 20_000);
  lab.portal.control.faults.remove(off.id);
  return off.hits;
}

async function dismiss({ lab, bait, within }: FaultRun): Promise<number> {
  const { control } = lab.portal;
  const of = lab.userOf('203');
  const barrier = control.faults.barrier({
    method: finish,
    match: (params) => String(params['USER_ID']) === String(of),
  });
  try {
    if (!(await within(() => barrier.holding > 0))) return 0;
    control.updateUser(of, { active: false });
    barrier.release();
    const finished = await within(() => control.statistics.some(({ number }) => number === bait!.caller));
    lab.dismissedFor.set(bait!.caller, finished);
    return 1;
  } finally {
    barrier.release();
    control.updateUser(of, { active: true });
  }
}

/** Faults of the portal, by the switches of the stand-in. */
export const portalFaults: FaultKind[] = [
  ...answers.map(kindOf),
  ...blocks.map((row): FaultKind => ({ ...kindOf(row), blocksLong: true })),
  {
    ...{ name: 'portal-off', matrix: 'F36', lane: 'portal' },
    what: 'the portal answers nobody for 15 to 35 s; calls pile up and are told with their own times',
    run: switchOff,
  },
  {
    ...{ name: 'user-dismissed', matrix: 'F35', lane: 'portal', cast: { agents: ['203', '101', '102'] } },
    what: 'the owner of a call is dismissed between register and finish: the fallback user gets it',
    run: dismiss,
  },
];
