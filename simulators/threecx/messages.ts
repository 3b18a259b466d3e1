import { addOnMessages } from './message-add-on';
import { answerEndFormMessages } from './message-answer-end-form';
import { cfdMessages } from './message-cfd';
import { lookupMessages } from './message-lookup';
import type { Draft, MessageContext } from './message-parts';
import { reportMessages } from './message-report';
import { webhookMessages } from './message-webhooks';
import type { Happening, Message, Source } from './play-options';

const writers: Record<Source, (happening: Happening, context: MessageContext) => Draft[]> = {
  webhooks: webhookMessages,
  'answer-end-form': answerEndFormMessages,
  'add-on': addOnMessages,
  report: reportMessages,
  cfd: cfdMessages,
  lookup: lookupMessages,
};

/** What all sources say about a happening, in the order in which the sources are named. */
export function messagesFor(happening: Happening, context: MessageContext): Message[] {
  const sources = context.options.sources ?? ['webhooks'];
  return sources.flatMap((source) =>
    writers[source](happening, context).map((draft) => address(source, draft, happening, context)),
  );
}

function address(source: Source, draft: Draft, happening: Happening, context: MessageContext): Message {
  const { to, options } = context;
  const inPath = options.eventInPath ?? true;
  const base = `/webhooks/3cx/${encodeURIComponent(to.connection)}`;
  return {
    source,
    event: draft.event,
    method: draft.transport === 'get' ? 'GET' : 'POST',
    path: draft.absolute?.path ?? `${base}${inPath ? `/${draft.event}` : ''}`,
    headers: draft.absolute?.headers ?? {},
    fields: inPath || draft.absolute !== undefined ? draft.fields : { event: draft.event, ...draft.fields },
    transport: draft.transport,
    historyId: happening.placed.call.historyId,
  };
}
