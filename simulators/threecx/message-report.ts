import { journalOf, reportedExtensions } from './journal';
import type { Draft, MessageContext } from './message-parts';
import type { Happening } from './play-options';
import { renderScenario } from './template-render';

/** A CRM template's journal post: after the end only, without a call id and without a DID (3cx.md 1.4, 1.5). */
export function reportMessages(happening: Happening, { pbx, options, to }: MessageContext): Draft[] {
  const { call } = happening.placed;
  if (happening.kind !== 'ended') return [];
  if (call.direction === 'internal' && options.reportInternal !== true) return [];
  return reportedExtensions(happening.placed, options.reports ?? 'one').flatMap((extension) => {
    const journal = journalOf(pbx, happening.placed, extension);
    if (options.template !== undefined)
      return renderScenario(options.template, 'ReportCall', journal, to, options, 'call-report');
    const plain: Draft = {
      event: 'call-report',
      transport: options.transport ?? 'json',
      fields: {
        callType: journal.CallType,
        direction: journal.CallDirection,
        number: journal.Number,
        name: journal.Name,
        agent: journal.Agent,
        agentEmail: journal.AgentEmail,
        queue: journal.QueueExtension,
        duration: journal.Duration,
        startUtc: journal.CallStartTimeUTC,
        endUtc: journal.CallEndTimeUTC,
        entityId: journal.EntityId,
      },
    };
    return [plain];
  });
}
