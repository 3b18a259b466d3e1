import type { CallView } from '../domain/call-view';

/** The call in plain words for Temporal's UI: what it is, what was done, what it waits for. Holds no phone number. */
export function describeCall(view: CallView): string {
  const who = [
    view.direction ?? 'call',
    view.extension === null ? null : `extension ${view.extension}`,
    view.userId === null ? null : `Bitrix24 user ${view.userId}`,
    view.lineNumber === null ? null : `line …${view.lineNumber.slice(-4)}`,
  ].filter((part) => part !== null);
  const lines = [`**${who.join(', ')}**`, ''];
  lines.push(`CALL_ID: ${view.bitrix24CallId ?? 'not registered yet'}`, '', waitsFor(view));
  if (view.marks.length > 0) lines.push('', `Marks: ${view.marks.join(', ')}`);
  return lines.join('\n');
}

function waitsFor(view: CallView): string {
  if (view.attention !== undefined) {
    const next = view.attention.nextAttemptAt;
    return `Needs attention since ${view.attention.since}: ${view.attention.reason}. ${view.attention.mend} ${
      next === undefined ? 'Waits for somebody to retry it.' : `Next try by itself at ${next}.`
    }`;
  }
  if (view.state === 'open')
    return view.bitrix24CallId === null
      ? 'Waits for somebody to answer, or for the end of the call.'
      : 'Registered in Bitrix24. Waits for the end of the call.';
  switch (view.recording.state) {
    case 'waiting':
      return 'Finished in Bitrix24. Waits for the recording from 3CX.';
    case 'attached':
      return 'Finished in Bitrix24, recording attached. Nothing left to do.';
    case 'unavailable':
      return `Finished in Bitrix24. The recording cannot be had: ${view.recording.reason ?? 'unknown reason'}.`;
    default:
      return `Finished. No recording${view.recording.reason === undefined ? '' : ` (${view.recording.reason})`}.`;
  }
}
