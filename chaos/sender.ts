import { setTimeout as pause } from 'node:timers/promises';
import type { ExpectedCall, Played, PlayOptions } from '../simulators/threecx/play-options';
import type { ChaosLab } from './lab';
import type { PlannedCall, SenderKind } from './plan-calls';

/** A call that was played, with what it was planned as. */
export interface PlayedCall {
  planned: PlannedCall;
  played: Played;
  /** Unix milliseconds of the beginning of a call without any fault; null: faults were on. */
  cleanFromMs: number | null;
}

/** Plays planned calls and remembers what happened to their events. */
export class Sender {
  readonly played: PlayedCall[] = [];
  private readonly running = new Set<Promise<unknown>>();

  constructor(private readonly lab: ChaosLab) {}

  /** Plays one call to its end; resolves when all its events are sent or lost. */
  async play(planned: PlannedCall, clean = false): Promise<ExpectedCall[]> {
    const { lab } = this;
    const options: PlayOptions = {
      to: lab.target,
      speed: planned.speed,
      cast: {
        caller: planned.caller,
        did: planned.did,
        agents: planned.agents,
        talkS: planned.talkS,
      },
      recordings: { recordingDelayMs: planned.recordingDelayMs, fileDelayMs: 0 },
      faults: {
        lose: planned.lose,
        ...(planned.repeat.length > 0 && { repeat: { events: planned.repeat, times: 1 } }),
        ...(planned.reordered && { order: 'shuffled', seed: planned.seed }),
        ...(planned.burst && { burst: true }),
      },
    };
    const playing = lab.pbx.control.play(planned.scenario, options);
    this.running.add(playing);
    const played = await playing.finally(() => this.running.delete(playing));
    this.played.push({ planned, played, cleanFromMs: clean ? Date.now() : null });
    return played.calls;
  }

  /** Plays calls at their times, counted from now; resolves when the last one is over. */
  async playAll(calls: PlannedCall[], stopped: AbortSignal): Promise<void> {
    const startedMs = Date.now();
    const under: Promise<unknown>[] = [];
    for (const call of calls) {
      await pause(Math.max(0, startedMs + (call.atMs ?? 0) - Date.now()), undefined, { signal: stopped });
      const playing = this.play(call);
      // When the run is stopped nobody waits for it any more.
      playing.catch(() => undefined);
      under.push(playing);
    }
    await Promise.all(under);
  }

  /** Waits for calls that nobody waits for. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled([...this.running]);
  }

  /** How often each of the sender's faults really happened. */
  hits(): Record<SenderKind, number> {
    const count = (holds: (one: PlayedCall) => boolean): number => this.played.filter(holds).length;
    const deliveries = this.played.flatMap(({ played }) => played.deliveries);
    const ids = deliveries.filter(({ attempts }) => attempts > 0).map(({ fields }) => fields['deliveryId']);
    return {
      'event-lost': deliveries.filter(({ attempts }) => attempts === 0).length,
      'event-repeated': ids.length - new Set(ids).size,
      'events-reordered': count(({ planned }) => planned.reordered),
      'recording-late': count(
        ({ planned, played }) =>
          planned.recordingDelayMs > 0 && played.calls.some(({ recordings }) => recordings.length > 0),
      ),
      burst: count(({ planned }) => planned.burst),
      'same-number-twice': count(({ played }) => played.calls.length > 1),
    };
  }

  /** What shares of events and calls went wrong on the sender's way, in percent; of the calls of the fault phase. */
  shares(): Record<string, number> {
    const faulty = this.played.filter(({ cleanFromMs }) => cleanFromMs === null);
    const events = faulty.flatMap(({ played }) => played.deliveries);
    const lost = events.filter(({ attempts }) => attempts === 0).length;
    const ids = new Set(events.map(({ fields }) => fields['deliveryId']));
    const recorded = faulty.filter(({ played }) =>
      played.calls.some(({ recordings }) => recordings.length > 0),
    );
    const late = recorded.filter(({ planned }) => planned.recordingDelayMs > 0).length;
    const reordered = faulty.filter(({ planned }) => planned.reordered).length;
    const percent = (part: number, whole: number): number =>
      whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 10;
    return {
      'events lost': percent(lost, ids.size),
      'events repeated': percent(events.length - ids.size, ids.size),
      'calls reordered': percent(reordered, faulty.length),
      'recordings late': percent(late, recorded.length),
    };
  }

  /** How the bridge answered: by status, and who held what it took. */
  answers(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const { attempts, status, answer } of this.played.flatMap(({ played }) => played.deliveries)) {
      const heldBy = (answer as { heldBy?: string } | null)?.heldBy;
      const key =
        attempts === 0
          ? 'never sent'
          : status === 0
            ? 'no answer'
            : `${status}${heldBy === undefined ? '' : ` ${heldBy}`}`;
      out[key] = (out[key] ?? 0) + 1;
    }
    return out;
  }
}
