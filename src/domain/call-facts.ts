import type { CallEvent, Direction } from './call-event';

/** What all events of one call tell together. Null: no event told it. */
export interface CallFacts {
  direction: Direction | null;
  /** Digits; empty when the caller hides the number. */
  callerNumber: string | null;
  did: string | null;
  startedAt: string | null;
  answeredAt: string | null;
  endedAt: string | null;
  durationSeconds: number | null;
  status: CallEvent['status'] | null;
  /** Extensions that rang, first one first. */
  rang: string[];
  /** Extensions that took the call, by answering or by transfer, last talker last. */
  talked: string[];
  /** The extension that the end named, wherever it belongs; of several ends, that of the last talk. */
  endExtension: string | null;
  /** Extensions whose ends told of a talk, last one last; when none did, that of the first end. */
  talkedAtEnd: string[];
  /** Extensions of all ends. */
  endExtensions: string[];
  /** The extension that dialled an outbound call, as its start told; that of an inbound one may be anything. */
  dialledBy: string | null;
  ended: boolean;
  recordingId: string | null;
  /** Somebody outside took the inbound call, and no answer tells of a talk in the house. */
  forwarded: boolean;
  /** When the answer and the end were first heard of; the last resort for an untold talk time. */
  answerHeardAt: string | null;
  endHeardAt: string | null;
  /** Earliest instant that any event told or arrived at; stands in for an untold start. */
  firstSeenAt: string | null;
}

const kindRank: Record<CallEvent['event'], number> = {
  'call-started': 0,
  'call-ringing': 1,
  'call-answered': 2,
  'call-transferred': 3,
  'call-ended': 4,
  'call-report': 5,
  'recording-ready': 6,
};

/**
 * Folds the events of one call, in whatever order they arrived, into its facts. The same set of events gives the
 * same facts: events are first put into a canonical order (kind, told instant, receipt), so arrival order matters
 * between events of one kind that tell no instant.
 *
 * @param rules `firstEndNames`: as earlier builds did, the first of several ends names the extension.
 */
export function foldFacts(events: readonly CallEvent[], rules: { firstEndNames?: boolean } = {}): CallFacts {
  const ordered = [...events].sort(canonically);
  const told = <K extends keyof CallEvent>(key: K): CallEvent[K] | null =>
    ordered.find((event) => event[key] !== undefined)?.[key] ?? null;

  const ends = ordered.filter(isEnd);
  const talkedAtEnd = extensionsOfTalks(ends, rules.firstEndNames === true);
  const endExtension = talkedAtEnd.at(-1) ?? null;
  return {
    direction: told('direction') ?? null,
    callerNumber:
      ordered.find((event) => event.callerNumber)?.callerNumber ??
      (ordered.some((event) => event.callerNumber === '') ? '' : null),
    did: ordered.find((event) => event.did)?.did ?? null,
    startedAt: told('startedAt') ?? null,
    answeredAt:
      earliest(ordered.filter(isAnswer).map((event) => event.answeredAt ?? event.at)) ??
      told('answeredAt') ??
      null,
    endedAt: latest(ends.map((event) => event.endedAt ?? event.at)) ?? told('endedAt') ?? null,
    durationSeconds: maximum(ordered.map((event) => event.durationSeconds)),
    status: endStatus(ends) ?? told('status') ?? null,
    rang: unique(ordered.filter((event) => event.event === 'call-ringing').map((event) => event.extension)),
    talked: talkers(ordered, endExtension),
    endExtension,
    talkedAtEnd,
    endExtensions:
      rules.firstEndNames === true ? talkedAtEnd : unique(ends.map(({ extension }) => extension)),
    dialledBy:
      told('direction') === 'outbound'
        ? (ordered.find((event) => event.event === 'call-started' && event.extension)?.extension ?? null)
        : null,
    ended: ends.length > 0,
    recordingId: told('recordingId') ?? null,
    forwarded:
      told('direction') !== 'outbound' &&
      ordered.some((event) => event.forwarded) &&
      ordered.filter(isAnswer).every((event) => event.forwarded),
    answerHeardAt: earliest(
      ordered.filter(isAnswer).map((event) => event.answeredAt ?? event.at ?? event.receivedAt),
    ),
    endHeardAt: earliest(ends.map((event) => event.endedAt ?? event.at ?? event.receivedAt)),
    firstSeenAt: earliest(
      ordered.flatMap((event) => [event.startedAt, event.answeredAt, event.at, event.receivedAt]),
    ),
  };
}

/** Whether every leg or agent has an end of its own, as some senders tell them. */
export function haveSeveralEnds(events: readonly CallEvent[]): boolean {
  return unique(events.filter(isEnd).map(({ extension }) => extension)).length > 1;
}

/** A recording is announced, without a word on when its call was: this may come days after, and no call begins so. */
export function isBareAnnouncement(event: CallEvent): boolean {
  const { startedAt, answeredAt, endedAt, at } = event;
  return event.event === 'recording-ready' && [startedAt, answeredAt, endedAt, at].every((told) => !told);
}

function isAnswer(event: CallEvent): boolean {
  return event.event === 'call-answered';
}

function isEnd(event: CallEvent): boolean {
  return event.event === 'call-ended' || event.event === 'call-report';
}

/** Whose ends told of a talk, in the order of the ends; when none did, whose end is the first. */
function extensionsOfTalks(ends: readonly CallEvent[], firstCounts: boolean): string[] {
  const naming = ends.filter(({ extension }) => extension);
  const talks = firstCounts ? [] : naming.filter(saysTalk);
  if (talks.every((event) => happenedAt(event) !== undefined))
    talks.sort((a, b) => Date.parse(happenedAt(a)!) - Date.parse(happenedAt(b)!));
  const told = talks.length > 0 ? talks : naming.slice(0, 1);
  // Of one who has several, the last end counts.
  return unique(told.map(({ extension }) => extension).reverse()).reverse();
}

function saysTalk({ status, durationSeconds }: CallEvent): boolean {
  return status === undefined ? (durationSeconds ?? 0) > 0 : status === 'answered' || status === '200';
}

/** The instant at which the event itself happened, if it was told. */
function happenedAt(event: CallEvent): string | undefined {
  switch (event.event) {
    case 'call-started':
      return event.at ?? event.startedAt;
    case 'call-answered':
      return event.answeredAt ?? event.at;
    case 'call-ended':
    case 'call-report':
      return event.endedAt ?? event.at;
    default:
      return event.at;
  }
}

function canonically(a: CallEvent, b: CallEvent): number {
  return (
    kindRank[a.event] - kindRank[b.event] ||
    Date.parse(happenedAt(a) ?? a.receivedAt) - Date.parse(happenedAt(b) ?? b.receivedAt) ||
    (a.deliveryKey < b.deliveryKey ? -1 : a.deliveryKey > b.deliveryKey ? 1 : 0)
  );
}

/**
 * Who talked, in order. Told instants decide; without them transfers are followed from hand to hand, and of answers alone
 * the one that the end names is the last: the order of arrival proves nothing.
 */
function talkers(ordered: readonly CallEvent[], endExtension: string | null): string[] {
  const answers = ordered.filter(isAnswer);
  const transfers = ordered.filter((event) => event.event === 'call-transferred');
  const steps = [...answers, ...transfers];
  if (steps.every((event) => happenedAt(event) !== undefined)) {
    const byTime = [...steps].sort(
      (a, b) => Date.parse(happenedAt(a)!) - Date.parse(happenedAt(b)!) || canonically(a, b),
    );
    return withoutEcho(byTime.map(takenBy));
  }
  const targets = new Set(transfers.map(takenBy));
  const chain = answers
    .map(takenBy)
    .filter((extension) => extension !== undefined && !targets.has(extension));
  if (transfers.length === 0) {
    const last = chain.filter((extension) => extension === endExtension);
    return withoutEcho([...chain.filter((extension) => extension !== endExtension), ...last]);
  }
  const open = [...transfers];
  while (open.length > 0) {
    const last = chain.at(-1);
    const next = open.findIndex((event) => event.toExtension !== undefined && event.extension === last);
    const head = open.findIndex((event) => !open.some((other) => takenBy(other) === event.extension));
    const [event] = open.splice(next >= 0 ? next : Math.max(head, 0), 1);
    if (event?.toExtension !== undefined && event.extension !== undefined && !chain.includes(event.extension))
      chain.push(event.extension);
    chain.push(takenBy(event!));
  }
  return withoutEcho(chain);
}

/** Who has the call after this event. A transfer that names one extension names the new one. */
function takenBy(event: CallEvent): string | undefined {
  return event.event === 'call-transferred' ? (event.toExtension ?? event.extension) : event.extension;
}

function withoutEcho(extensions: (string | undefined)[]): string[] {
  const named = extensions.filter((extension) => extension !== undefined);
  return named.filter((extension, index) => extension !== named[index - 1]);
}

/**
 * Several ends can be told, one for each leg or agent: an answered one outweighs the others. The call log of the PBX knows
 * answered and missed only, so it says less than anybody who told the end.
 */
function endStatus(ends: readonly CallEvent[]): CallEvent['status'] | null {
  const told = ends.filter(({ status }) => status !== undefined);
  const answered = told.find(saysTalk);
  // Another end may tell of a talk by its length alone.
  if (answered === undefined && told.length > 0 && ends.some(saysTalk)) return 'answered';
  return (answered ?? told.find(({ source }) => source !== 'call-log') ?? told[0])?.status ?? null;
}

function unique(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function earliest(values: (string | undefined)[]): string | null {
  return pick(values, (a, b) => Date.parse(a) < Date.parse(b));
}

function latest(values: (string | undefined)[]): string | null {
  return pick(values, (a, b) => Date.parse(a) > Date.parse(b));
}

function pick(values: (string | undefined)[], better: (a: string, b: string) => boolean): string | null {
  return values.reduce<string | null>(
    (best, value) => (value !== undefined && (best === null || better(value, best)) ? value : best),
    null,
  );
}

function maximum(values: (number | undefined)[]): number | null {
  return values.reduce<number | null>(
    (best, value) => (value !== undefined && (best === null || value > best) ? value : best),
    null,
  );
}
