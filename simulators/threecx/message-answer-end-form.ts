import { answeredAt, lastTalker, talkSeconds } from './expected-call';
import { callIdOf } from './message-parts';
import type { Draft, MessageContext } from './message-parts';
import { localText, minuteDuration } from './pbx-time';
import type { Happening } from './play-options';

const statusCodes: Record<string, string> = {
  answered: '200',
  missed: '304',
  busy: '486',
  'not-answered': '603-S',
};

/**
 * The "Call Answered URL" and "Call Ended URL" that integrators describe: a form with Bitrix24's field names, 3CX's own
 * direction (1 inbound, 2 outbound) and the PBX's local time without a zone. It knows an answer and an end, nothing else.
 */
export function answerEndFormMessages(happening: Happening, { pbx, options }: MessageContext): Draft[] {
  const { call, plan } = happening.placed;
  if (call.direction === 'internal') return [];
  const transport = options.transport ?? 'form';
  const common = {
    call_id: callIdOf(happening, options),
    PHONE_NUMBER: call.presentedNumber,
    TYPE: call.direction === 'inbound' ? '1' : '2',
    LINE_NUMBER: call.did ?? '',
    CALL_START_DATE: localText(pbx.timeZone, call.startedAt),
  };
  if (happening.kind === 'answered' || happening.kind === 'transferred') {
    // It tells whoever has the call now; that it was handed on, it does not know.
    if (happening.kind === 'transferred' && plan.consultation === null) return [];
    const extension = happening.toExtension ?? happening.extension;
    const fields = {
      ...common,
      USER_PHONE_INNER: extension,
      CRM_CREATE: 'Y',
      at: localText(pbx.timeZone, happening.at),
    };
    return [{ event: 'call-answered', transport, fields }];
  }
  if (happening.kind !== 'ended') return [];
  const talked = answeredAt(happening.placed) !== null;
  const fields = {
    ...common,
    USER_PHONE_INNER: lastTalker(happening.placed) ?? '',
    DURATION: minuteDuration(talked ? talkSeconds(happening.placed) : 0),
    STATUS_CODE: statusCodes[plan.status] ?? '603',
  };
  return [{ event: 'call-ended', transport, fields }];
}
