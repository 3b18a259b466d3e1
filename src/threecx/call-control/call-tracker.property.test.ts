import fc from 'fast-check';
import { phone } from '../../../test/support/call-control-phone';
import type { CallEvent } from '../../domain/call-event';
import type { CallFacts } from '../../domain/call-facts';
import { foldFacts } from '../../domain/call-facts';
import { CallTracker } from './call-tracker';
import type { Participant } from './participant';

const start = Date.parse('2026-11-24T09:00:00Z');
const momentMs = 10_000;
const extensions = ['101', '102', '103', '104'];

/** The phones of one call at one moment: state by participant id. */
type Picture = Map<number, { dn: string; status: 'Ringing' | 'Connected' }>;

/** Builds a believable call of some moments out of random numbers: rings, queues, answers, transfers, joins, the end. */
function storyOf(choices: number[]): Picture[] {
  let id = 0;
  let now: Picture = new Map();
  const pictures: Picture[] = [];
  const add = (dn: string, status: 'Ringing' | 'Connected'): void => void now.set((id += 1), { dn, status });
  const others = (): string[] => extensions.filter((dn) => ![...now.values()].some((one) => one.dn === dn));
  for (const choice of choices) {
    now = new Map([...now].map(([key, value]) => [key, { ...value }]));
    const ringing = [...now].filter(([, { status }]) => status === 'Ringing');
    const talking = [...now].filter(([, { status }]) => status === 'Connected');
    const free = others();
    const other = free[choice % Math.max(free.length, 1)];
    if (now.size === 0) for (const dn of extensions.slice(choice % 3)) add(dn, 'Ringing');
    else if (ringing.length > 0 && choice % 3 > 0) {
      // One answers, the others stop.
      const winner = ringing[choice % ringing.length]?.[0] ?? 0;
      for (const [key, value] of ringing)
        if (key === winner) value.status = 'Connected';
        else now.delete(key);
    } else if (ringing.length > 0) {
      // Nobody answers: the queue goes on to somebody else.
      for (const [key] of ringing) now.delete(key);
      if (other !== undefined) add(other, 'Ringing');
    } else {
      // Handed on, with or without ringing, or somebody joins.
      if (choice % 4 > 0) for (const [key] of talking) now.delete(key);
      if (other !== undefined) add(other, choice % 2 === 0 ? 'Connected' : 'Ringing');
    }
    pictures.push(now);
  }
  return [...pictures, new Map()];
}

interface Change {
  key: string;
  participant: Participant | null;
}

class Run {
  readonly tracker = new CallTracker({
    graceMs: momentMs + 1,
    normalise: (number) => number.replace(/\D/g, ''),
  });
  private readonly events: CallEvent[] = [];

  /** Facts by start and number of the call, events without what the way of a message may change. */
  facts(): Map<string, CallFacts> {
    const byCall = new Map<string, CallEvent[]>();
    for (const event of this.events) {
      const key = `${event.callerNumber} ${event.startedAt}`;
      byCall.set(key, [...(byCall.get(key) ?? []), event]);
    }
    return new Map([...byCall].sort().map(([key, events]) => [key, foldFacts(events)]));
  }

  keys(): string[] {
    return this.events.map(({ deliveryKey }) => deliveryKey).sort();
  }

  take(atMs: number): void {
    this.tracker.settle(atMs);
    for (const call of this.tracker.due(atMs)) this.tracker.end(call, atMs);
    for (const { events } of this.tracker.takeNews()) this.events.push(...events);
  }
}

/** What every moment changes, over all calls. `clients`: the first digits of their numbers. */
function changesOf(
  stories: Picture[][],
  clients = '7916000000',
): { changes: Change[]; there: Participant[] }[] {
  const length = Math.max(...stories.map((story) => story.length));
  const participants = (picture: Picture | undefined, call: number): Participant[] =>
    [...(picture ?? [])].map(([id, { dn, status }]) =>
      phone({ id: call * 1000 + id, dn, status, callid: call + 1, party_caller_id: `+${clients}${call}` }),
    );
  return Array.from({ length }, (_, moment) => {
    const before = stories.flatMap((story, call) => participants(story[moment - 1], call));
    const there = stories.flatMap((story, call) => participants(story[moment], call));
    const upserts = there
      .filter((one) => !before.some(({ key, status }) => key === one.key && status === one.status))
      .map((participant) => ({ key: participant.key, participant }));
    const removes = before
      .filter(({ key }) => !there.some((one) => one.key === key))
      .map(({ key }) => ({ key, participant: null }));
    return { changes: [...removes, ...upserts], there };
  });
}

const states = (there: Participant[]): { dn: string; type: string; participants: Participant[] }[] =>
  extensions.map((dn) => ({ dn, type: 'Wextension', participants: there.filter((one) => one.dn === dn) }));

it('tells the same calls in whatever way the messages came', () => {
  const story = fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 }).map(storyOf);
  const luck = fc.infiniteStream(fc.nat(999));
  fc.assert(
    fc.property(fc.array(story, { minLength: 1, maxLength: 3 }), luck, (stories, stream) => {
      const next = (below: number): number => (stream.next().value as number) % below;
      const moments = changesOf(stories);
      const plain = new Run();
      const hard = new Run();
      /** Messages that may come once more. */
      let stale: Change[] = [];
      moments.forEach(({ changes, there }, index) => {
        const atMs = start + index * momentMs;
        const apply = (run: Run, { key, participant }: Change): void =>
          participant === null ? run.tracker.remove(key, atMs) : run.tracker.upsert(participant, atMs);
        for (const change of changes) apply(plain, change);
        plain.take(atMs);
        plain.take(atMs + momentMs / 2);

        const order = changes.map((change) => ({ change, place: next(1000) }));
        order.sort((a, b) => a.place - b.place);
        const loses = next(4) === 0;
        for (const { change } of order) {
          if (loses && next(2) === 0) continue;
          // A participant that has gone in the meantime: the re-read finds nothing.
          apply(hard, change);
          if (next(3) === 0) apply(hard, change);
          const late = stale[next(Math.max(stale.length, 1))];
          // An older state of the same or another phone, if it is not the next state of a phone that came back.
          if (late !== undefined && next(2) === 0) apply(hard, late);
        }
        stale.push(...changes.filter(({ participant }) => participant !== null));
        if (loses || next(5) === 0) {
          const reconnected = next(2) === 0;
          hard.tracker.snapshot(states(there), atMs, { reconnected });
          // What has gone is not told again: a socket keeps its order, and a re-read finds nothing.
          stale = reconnected ? [] : stale.filter(({ key }) => there.some((one) => one.key === key));
        }
        hard.take(atMs);
        hard.take(atMs + momentMs / 2);
      });
      const endMs = start + (moments.length + 2) * momentMs;
      plain.take(endMs);
      hard.take(endMs);
      expect(hard.facts()).toEqual(plain.facts());
      expect(hard.keys()).toEqual(plain.keys());
      expect(hard.tracker.openCalls()).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it('tells the calls after a restart of the PBX as if there had been none before, whatever it tore off', () => {
  const story = fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 }).map(storyOf);
  const stories = fc.array(story, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(stories, stories, fc.nat(7), fc.nat(7), (before, after, tornAt, seenAt) => {
      const [restarted, fresh] = [new Run(), new Run()];
      const apply = (run: Run, { changes }: { changes: Change[] }, atMs: number): void => {
        for (const { key, participant } of changes)
          if (participant === null) run.tracker.remove(key, atMs);
          else run.tracker.upsert(participant, atMs);
        run.take(atMs);
        run.take(atMs + momentMs / 2);
      };
      changesOf(before)
        .slice(0, tornAt + 1)
        .forEach((moment, index) => apply(restarted, moment, start + index * momentMs));
      // The phones are numbered from 1 again, and the clients are others.
      const moments = changesOf(after, '7495000000').slice(seenAt);
      const backMs = start + 20 * momentMs;
      for (const run of [restarted, fresh]) {
        run.tracker.snapshot(states(moments[0]?.there ?? []), backMs, { reconnected: true });
        run.take(backMs);
        moments.slice(1).forEach((moment, index) => apply(run, moment, backMs + (index + 1) * momentMs));
        run.take(backMs + 20 * momentMs);
      }
      const later = [...restarted.facts()].filter(([key]) => key.startsWith('7495'));
      expect(later).toEqual([...fresh.facts()]);
      expect(restarted.tracker.openCalls()).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
