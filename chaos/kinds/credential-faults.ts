import { setTimeout as pause } from 'node:timers/promises';
import type { FaultKind, FaultRun } from './kind';
import { untilHit } from './until-hit';

const register = 'telephony.externalcall.register';
const finish = 'telephony.externalcall.finish';
const tokenServer = 'oauth.token';
/** So long the bridge stands without credentials before somebody installs the application again. */
const lockedOutMs = 2_000;

/** The token is refused, the answer to its renewal is lost and the refresh token with it: a person must help. */
async function loseRenewal({ lab, within }: FaultRun): Promise<number> {
  const { faults } = lab.portal.control;
  const lost = faults.add({ kind: 'lose-answer', method: tokenServer });
  const expired = faults.add({ kind: 'expire-token', method: register });
  try {
    await within(() => lost.hits > 0);
    if (lost.hits > 0) await pause(lockedOutMs);
    return lost.hits;
  } finally {
    faults.remove(expired.id);
    faults.remove(lost.id);
    await lab.installAgain();
  }
}

/** Every token is gone at once, as when an administrator removes the application. */
async function revoke({ lab, within }: FaultRun): Promise<number> {
  const { control } = lab.portal;
  const refused = (): boolean =>
    control
      .requests()
      .slice(-50)
      .some(({ at, outcome }) => at >= sinceMs && /invalid_token|invalid_grant/.test(outcome));
  const sinceMs = Date.now();
  control.revokeTokens();
  try {
    const hit = await within(refused);
    if (hit) await pause(lockedOutMs);
    return hit ? 1 : 0;
  } finally {
    await lab.installAgain();
  }
}

function expireInFinish({ lab, within }: FaultRun): Promise<number> {
  return untilHit(lab.portal.control.faults, { kind: 'expire-token', method: finish }, within);
}

function expireInUpload({ lab, within }: FaultRun): Promise<number> {
  return untilHit(lab.portal.control.faults, { kind: 'expire-token', method: 'upload' }, within);
}

/** What happens to the bridge's credentials at the portal. */
export const credentialFaults: FaultKind[] = [
  {
    ...{ name: 'portal-token-expired', matrix: 'F33', lane: 'portal', quick: true },
    what: 'portal: the access token expires in the moment of a finish',
    run: expireInFinish,
  },
  {
    ...{ name: 'portal-token-expired-in-upload', matrix: 'F33', lane: 'portal', quick: true },
    what: 'portal: the access token expires between the announcement of a file and the file',
    run: expireInUpload,
  },
  {
    ...{ name: 'portal-renewal-lost', matrix: 'F33', lane: 'portal' },
    what: 'portal: the answer to a token renewal is lost, and with it the refresh token, until the application is installed again',
    run: loseRenewal,
  },
  {
    ...{ name: 'portal-tokens-revoked', matrix: 'F33', lane: 'portal' },
    what: 'portal: all tokens are taken back until the application is installed again',
    run: revoke,
  },
];
