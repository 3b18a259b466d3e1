import type { Reaction } from '../domain/peer-error';
import { PeerError } from '../domain/peer-error';

interface Rule {
  reaction: Reaction;
  /** One plain sentence for the admin. */
  mend: string;
  /** The connection as a whole does not work, not just this one question: shown as its health. */
  ofConnection?: true;
}

/** Every reason that the 3CX side names, with the reaction to it and what a person can do. See docs/recordings.md. */
const rules = {
  'pbx-unreachable': {
    reaction: 'not-yet',
    mend: 'Check that the 3CX address in the connection is right and that this server can reach it.',
    ofConnection: true,
  },
  'pbx-timeout': {
    reaction: 'not-yet',
    mend: 'The PBX did not answer in time: look at its load and at the network between it and this server.',
    ofConnection: true,
  },
  'pbx-busy': {
    reaction: 'not-yet',
    mend: 'The PBX or the proxy before it answered that it is not ready; it is asked again by itself.',
    ofConnection: true,
  },
  'pbx-error': {
    reaction: 'not-yet',
    mend: 'The PBX answered with an error of its own; if it stays, look into the log of 3CX.',
  },
  'certificate-not-trusted': {
    reaction: 'not-yet',
    mend: 'Use the name that the certificate of the PBX carries, or put its CA certificate into threecx.caCertificate.',
    ofConnection: true,
  },
  'forbidden-address': {
    reaction: 'not-yet',
    mend: 'The name of the PBX leads to an address that is never called (link-local, metadata); correct the name or its DNS entry.',
    ofConnection: true,
  },
  redirected: {
    reaction: 'not-yet',
    mend: 'The PBX answered with a redirect, which is never followed; put the final address of the PBX into threecx.baseUrl.',
    ofConnection: true,
  },
  'not-json': {
    reaction: 'not-yet',
    mend: 'The PBX answered with something else than data, e.g. a login page; check threecx.baseUrl and any proxy before the PBX.',
    ofConnection: true,
  },
  'answer-too-large': {
    reaction: 'not-yet',
    mend: 'The answer of the PBX is larger than any honest one; check what answers under threecx.baseUrl.',
  },
  'threecx-secret-refused': {
    reaction: 'authorisation',
    mend: 'The PBX refused the client id or secret: enter the right ones. No log-in is tried until then, because 3CX blocks an address after a few bad ones.',
    ofConnection: true,
  },
  'threecx-second-factor': {
    reaction: 'authorisation',
    mend: 'The 3CX user asks for a second factor: use an API client, or a user without it.',
    ofConnection: true,
  },
  'threecx-address-blocked': {
    reaction: 'authorisation',
    mend: 'The PBX does not let this address log in: look at its block list and its console restrictions.',
    ofConnection: true,
  },
  'threecx-token-refused': {
    reaction: 'authorisation',
    mend: 'The PBX no longer takes the token of the connection: enter a new one.',
    ofConnection: true,
  },
  'token-superseded': {
    reaction: 'not-yet',
    mend: 'Another program logs in with the same 3CX API client: give this server an API client of its own.',
    ofConnection: true,
  },
  'token-busy': {
    reaction: 'not-yet',
    mend: 'Another worker is just logging in to the PBX; nothing to do.',
  },
  'token-endpoint-missing': {
    reaction: 'not-yet',
    mend: 'There is no token endpoint under this address: check threecx.baseUrl, and that the PBX is 3CX v20 with an API client.',
    ofConnection: true,
  },
  'store-unreachable': {
    reaction: 'not-yet',
    mend: 'MongoDB did not answer, so no access token could be fetched; see that it runs.',
  },
  'call-log-right-missing': {
    reaction: 'authorisation',
    mend: 'Give the 3CX API client the role System Owner: without it the call log cannot be read, and recordings are found less exactly.',
  },
  'recording-right-missing': {
    reaction: 'authorisation',
    mend: 'Give the 3CX API client the role System Owner and the Configuration API checkbox, so that it may read recordings.',
    ofConnection: true,
  },
  'right-missing': {
    reaction: 'authorisation',
    mend: 'Give the 3CX API client the role System Owner and the Configuration API checkbox.',
    ofConnection: true,
  },
  'xapi-missing': {
    reaction: 'not-yet',
    mend: 'The PBX does not know this request: its version or licence has no Configuration API (v20, Enterprise). Choose another way in threecx.recordings.',
  },
  'console-missing': {
    reaction: 'not-yet',
    mend: 'There is no Management Console of 3CX v18 under this address: check threecx.baseUrl and its port, or choose another way in threecx.recordings.',
    ofConnection: true,
  },
  'console-right-missing': {
    reaction: 'authorisation',
    mend: 'The user of the connection may not see recordings in the Management Console of 3CX: give the user that right, or enter another one.',
    ofConnection: true,
  },
  'console-session-refused': {
    reaction: 'not-yet',
    mend: 'The Management Console does not take the session that it has just opened: see whether the user may log in there by hand.',
    ofConnection: true,
  },
  'call-control-right-missing': {
    reaction: 'authorisation',
    mend: 'Tick Call Control at the 3CX API client and select the extensions there; it needs an Enterprise licence. Or switch threecx.callControl off.',
    ofConnection: true,
  },
  'call-control-missing': {
    reaction: 'not-yet',
    mend: 'The PBX does not know Call Control: its version or licence has none (v20, Enterprise). Switch threecx.callControl off and let webhooks tell of calls.',
    ofConnection: true,
  },
  'report-too-long': {
    reaction: 'not-yet',
    mend: 'The PBX could not make its report in time even for a few minutes of calls; look at its load.',
  },
  'question-refused': {
    reaction: 'not-yet',
    mend: 'The PBX refused the question itself; please report this with the version of the PBX.',
  },
  'row-missing': {
    reaction: 'not-yet',
    mend: 'The PBX has not listed the call or its recording yet; it is asked again by itself.',
  },
  'row-without-recording': {
    reaction: 'not-yet',
    mend: 'The PBX lists the call without a recording; if it stays so, check that recording is on for the extension.',
  },
  'part-missing': {
    reaction: 'not-yet',
    mend: 'The call was passed on, and the recording of one part is not there yet; it is asked again by itself.',
  },
  ambiguous: {
    reaction: 'not-yet',
    mend: 'Recordings of two calls fit, and a wrong one is never taken: give the API client the right to the call log, or attach it by hand.',
  },
  'file-not-there': {
    reaction: 'not-yet',
    mend: 'The PBX lists the recording but does not have the file yet; if it stays so, see whether it was deleted or archived.',
  },
  'file-not-accessible': {
    reaction: 'not-yet',
    mend: 'The PBX cannot reach the storage that holds its recordings; check the archive settings of 3CX.',
  },
  'file-growing': {
    reaction: 'not-yet',
    mend: 'The file in the folder is still being written; it is looked at again by itself.',
  },
  'recording-deleted': {
    reaction: 'gone',
    mend: 'The PBX has deleted the recording; see its automatic deletion.',
  },
  'cut-short': {
    reaction: 'not-yet',
    mend: 'The recording came incomplete and was not attached; it is fetched again by itself.',
  },
  'not-audio': {
    reaction: 'not-yet',
    mend: 'What came instead of the recording is no WAV or MP3; open the recording in 3CX and see what is in it.',
  },
  empty: {
    reaction: 'not-yet',
    mend: 'The recording came with no sound in it; it is fetched again by itself.',
  },
  'too-big': {
    reaction: 'refused',
    mend: 'The recording is larger than what is passed on (2 GB); download it from 3CX by hand.',
  },
  'disk-full': {
    reaction: 'not-yet',
    mend: 'The disk that holds DATA_DIR is full: make room.',
  },
  'disk-failed': {
    reaction: 'not-yet',
    mend: 'The temporary file could not be written: check the rights and the disk of DATA_DIR.',
  },
  'foreign-address': {
    reaction: 'refused',
    mend: 'The PBX named an address outside itself for the recording, which is never called; see what answers under threecx.recordingsPath.',
  },
  'folder-unreadable': {
    reaction: 'not-yet',
    mend: 'Set threecx.folder to the folder of recordings, mounted where the worker runs and readable for it.',
    ofConnection: true,
  },
  'recording-off': {
    reaction: 'refused',
    mend: 'Recordings are switched off in this connection.',
  },
  'not-recorded': {
    reaction: 'refused',
    mend: 'The PBX did not record this call: see whether recording is on for the extension and the quota is not used up.',
  },
  'no-call-id': {
    reaction: 'refused',
    mend: 'The call came without an id of the PBX, so its recording cannot be asked for by id; choose xapi in threecx.recordings.',
  },
  cancelled: {
    reaction: 'not-yet',
    mend: 'The request was called off; nothing to do.',
  },
} satisfies Record<string, Rule>;

/** A stable word for what went wrong at the 3CX side. */
export type ThreecxReason = keyof typeof rules;

/** Makes the one error that this room throws. */
export function threecxError(
  reason: ThreecxReason,
  options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
): PeerError {
  const { reaction, mend } = rules[reason];
  return new PeerError('threecx', reaction, reason, { mend, ...options });
}

/** What a person can do about a reason; a general sentence for words this room does not know. */
export function mendOfReason(reason: string): string {
  return isReason(reason) ? rules[reason].mend : 'See the requests of the call and the log of the server.';
}

/** Whether the reason says that the connection as a whole does not work. */
export function isReasonOfConnection(reason: string): boolean {
  const rule: Rule | undefined = isReason(reason) ? rules[reason] : undefined;
  return rule?.ofConnection === true;
}

function isReason(reason: string): reason is ThreecxReason {
  return Object.hasOwn(rules, reason);
}
