import { lastTalker, statusOf, talkSeconds } from './expected-call';
import { callIdOf } from './message-parts';
import type { Draft, MessageContext } from './message-parts';
import type { Happening } from './play-options';

/** The public contract's own names, as a well-made sender uses them (section 3 of the public contract). */
export function webhookMessages(happening: Happening, { options }: MessageContext): Draft[] {
  const { call } = happening.placed;
  const transport = options.transport ?? 'json';
  const iso = (atMs: number): string => new Date(atMs).toISOString();
  const common = {
    callId: callIdOf(happening, options),
    callerNumber: call.direction === 'internal' ? '' : call.presentedNumber,
    direction: call.direction,
    ...(call.did !== null && { did: call.did }),
    startedAt: iso(call.startedAt),
  };
  const draft = (event: string, more: Record<string, unknown>): Draft[] => [
    { event, transport, fields: { ...common, ...more } },
  ];
  const at = iso(happening.at);
  const { extension, toExtension } = happening;
  switch (happening.kind) {
    case 'started':
      return draft('call-started', { at });
    case 'ringing':
      return draft('call-ringing', { extension, at });
    case 'answered':
      return draft('call-answered', { extension, answeredAt: at });
    case 'transferred':
      return draft('call-transferred', { extension, toExtension, at });
    case 'ended': {
      const last = lastTalker(happening.placed);
      const duration = talkSeconds(happening.placed);
      return draft('call-ended', {
        ...(last !== null && { extension: last }),
        endedAt: at,
        duration,
        status: statusOf(happening.placed),
      });
    }
    case 'recording':
      if (options.recordingReady === false || happening.recording === null) return [];
      return [
        {
          event: 'recording-ready',
          transport,
          fields: { callId: common.callId, recordingId: String(happening.recording.id) },
        },
      ];
    case 'stopped':
      // No source tells that one phone stopped because the call moved on (3cx.md 3.3).
      return [];
  }
}
