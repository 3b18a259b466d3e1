import type { Verdict } from './error-codes';
import type { Reason } from './reasons';

const refused = (reason: Reason): Verdict => ({ reaction: 'refused', reason });
const unclear = (reason: Reason): Verdict => ({ reaction: 'unclear', reason });
const bug = refused('bad-parameter');

/**
 * The constant English texts of `bitrix24.md` section 5, which alone tell telephony errors apart: their code is empty or
 * `ERROR_CORE`. The first text that the description starts with counts, so longer ones stand first. Texts that a portal
 * prints in its own language are on purpose not here.
 */
const verdictsByText: readonly (readonly [string, Verdict])[] = [
  [
    'Current authorization type is denied',
    { reaction: 'authorisation', reason: 'wrong-auth-type', reach: 'method' },
  ],
  ['USER_ID or USER_PHONE_INNER should be set', refused('user-missing')],
  ['User is not found or is not active', refused('user-inactive')],
  ['Unknown TYPE', bug],
  ['CALL_START_DATE should be in the ISO-8601 format', bug],
  ['Unsupported phone number format', refused('bad-phone-number')],
  ['CALL_ID must be a string', bug],
  ['Call is not found in the statistic table', { reaction: 'not-yet', reason: 'call-not-finished' }],
  ['Call is not found', { reaction: 'gone', reason: 'call-not-found' }],
  ['Unexpected database error', unclear('portal-fault')],
  ['SQL query error', unclear('portal-fault')],
  ['DB error', unclear('portal-fault')],
  ['RECORD_URL contains invalid symbols', bug],
  ['Required parameters are not set', bug],
  ['File name is empty', refused('bad-recording-name')],
  ['Wrong file extension', refused('bad-recording-name')],
  ['File content is empty', refused('bad-recording-file')],
  ['File content is not properly encoded', refused('bad-recording-file')],
  ['Server returns HTTP error code', unclear('unknown-refusal')],
  ['Unknown error encountered while saving file', unclear('portal-fault')],
  ['Disk module is not installed', refused('disk-module-missing')],
  ['Could not create shared folder for call records', { reaction: 'not-yet', reason: 'no-record-folder' }],
  ['CRM is not installed', refused('crm-missing')],
  ['Error: required parameter', bug],
  ['PHONE_NUMBER is empty', refused('bad-phone-number')],
  ['NUMBER should not be empty', bug],
  ['Line already exists', refused('line-exists')],
  ['There are no fields to update', bug],
  ['Could not find line with number', { reaction: 'gone', reason: 'line-not-found' }],
  ['Unable to set event handler: Handler already binded', refused('event-bound')],
  [
    'Unable to set event handler: Process of binding the handler has already started',
    { reaction: 'not-yet', reason: 'event-being-bound' },
  ],
  ['CALL_ID should be set', bug],
  ['MESSAGES', bug],
];

/** What a telephony error's text means; undefined: not one of the constant texts. */
export function verdictOfText(description: string): Verdict | undefined {
  const text = description.trimStart();
  const known = verdictsByText.find(([prefix]) => text.startsWith(prefix));
  if (known !== undefined) return known[1];
  // attachTranscription names the call in the middle of its text.
  return /^Call \S{1,200} is not found\. Is it finished\?/.test(text)
    ? { reaction: 'not-yet', reason: 'call-not-finished' }
    : undefined;
}
