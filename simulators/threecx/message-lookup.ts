import { journalOf } from './journal';
import type { Draft, MessageContext } from './message-parts';
import type { Happening } from './play-options';
import { renderScenario } from './template-render';

/** The CRM template's number lookup at the first ring; it names no extension and no call (3cx.md 1.5). */
export function lookupMessages(happening: Happening, { pbx, options, to }: MessageContext): Draft[] {
  const { call, plan } = happening.placed;
  if (happening.kind !== 'ringing' || call.presentedNumber === '') return [];
  const first = plan.moments.find((moment) => moment.kind === 'ringing');
  if (first?.extension !== happening.extension) return [];
  const journal = journalOf(pbx, happening.placed, '');
  if (options.template !== undefined)
    return renderScenario(options.template, '', journal, to, options, 'lookup');
  return [
    { event: 'lookup', transport: options.transport ?? 'json', fields: { number: call.presentedNumber } },
  ];
}
