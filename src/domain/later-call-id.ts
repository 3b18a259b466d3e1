/** The id of a later call under a counter that was used before: `{callId}~{start, UTC seconds}`. */
export function laterCallId(callId: string, startedAt: string): string {
  return `${callId}~${Math.floor(Date.parse(startedAt) / 1000)}`;
}
