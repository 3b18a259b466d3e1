import type { CallEvent } from './call-event';
import type { LogCall } from './log-calls';

/** What the events of a call of the log are made with. */
export interface LogEventOptions {
  /** Digits of the outside party; empty: hidden. */
  callerNumber: string;
  did: string | null;
  receivedAt: string;
  /** Extensions that are no persons (queues, IVRs): they are passed over where a person is looked for. */
  nobodies?: ReadonlySet<string>;
}

/**
 * The end of a call of the log. It tells the whole call by itself, so that nothing hangs on events that come after it. Its
 * key comes from the history id: a repeat changes nothing.
 */
export function endOfLogCall(call: LogCall, options: LogEventOptions): CallEvent {
  const isPerson = (extension: string | null): extension is string =>
    extension !== null && !(options.nobodies?.has(extension) ?? false);
  const talked = call.talks.map((talk) => talk.extension).filter(isPerson);
  const rang = call.rang.map((one) => one.extension).filter(isPerson);
  const extension = talked.at(-1) ?? rang[0];
  return {
    event: 'call-ended',
    deliveryKey: `call-log/${call.callId}/ended`,
    receivedAt: options.receivedAt,
    source: 'call-log',
    ...(extension === undefined ? {} : { extension }),
    callerNumber: options.callerNumber,
    direction: call.direction,
    ...(options.did === null ? {} : { did: options.did }),
    ...forwardedOf(call),
    startedAt: call.startedAt,
    ...(call.answeredAt === null ? {} : { answeredAt: call.answeredAt }),
    endedAt: call.endedAt,
    durationSeconds: call.talkSeconds,
    status: call.talks.length > 0 ? 'answered' : 'missed',
  };
}

/**
 * A whole call of the log as events. The end comes first: a workflow that begins with it opens no call card for a call
 * that is over. Two processes that empty the inbox may turn the order round, so each tells whose call it is and since
 * when: a call is registered with what its first event says.
 */
export function eventsOfLogCall(call: LogCall, options: LogEventOptions): CallEvent[] {
  const common = (key: string): Omit<CallEvent, 'event'> => ({
    deliveryKey: `call-log/${call.callId}/${key}`,
    receivedAt: options.receivedAt,
    source: 'call-log',
    callerNumber: options.callerNumber,
    direction: call.direction,
    ...(options.did === null ? {} : { did: options.did }),
    ...forwardedOf(call),
    startedAt: call.startedAt,
  });
  const rings = call.rang.map(({ extension, at }): CallEvent => ({
    event: 'call-ringing',
    ...common(`ringing/${extension}`),
    extension,
    at,
  }));
  const answers = call.talks.flatMap(({ extension, answeredAt }, index): CallEvent[] =>
    extension === null
      ? []
      : [{ event: 'call-answered', ...common(`answered/${index}`), extension, answeredAt }],
  );
  return [endOfLogCall(call, options), ...rings, ...answers];
}

/** An inbound call that only somebody outside has taken. */
function forwardedOf({ direction, talks }: LogCall): Pick<CallEvent, 'forwarded'> {
  const isForwarded =
    direction === 'inbound' && talks.length > 0 && talks.every((talk) => talk.extension === null);
  return isForwarded ? { forwarded: true } : {};
}
