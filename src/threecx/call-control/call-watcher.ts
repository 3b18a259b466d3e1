import { PeerError } from '../../domain/peer-error';
import type { CallKeeper } from './call-keeper';
import type { CallTracker } from './call-tracker';
import type { EventSocket } from './event-socket';
import { KeyedQueue } from './keyed-queue';
import type { PbxLine } from './pbx-line';
import type { ParticipantMessage } from './socket-message';
import { readMessage } from './socket-message';
import { pauseMs } from './waits';

/** Re-reads at once: enough for a ring group, few enough for the PBX. */
const readsAtOnce = 4;
const tickMs = 250;
/** A full picture now and then, so that nothing that was missed stays for ever. */
const pictureEveryMs = 60_000;
const soonestPictureMs = 2_000;
/** How often the PBX is asked whether calls without phones go on elsewhere, and for how long that is believed. */
const askEveryMs = 3_000;
const longestElsewhereMs = 30 * 60_000;
const unaskedMs = 10 * 60_000;

export interface CallWatcherOptions {
  line: Pick<PbxLine, 'open' | 'snapshot' | 'participant' | 'activeCallNumbers'>;
  tracker: CallTracker;
  keeper: Pick<CallKeeper, 'take'>;
  clock: () => Date;
  /** Test only: how often things are looked at. Default 250 ms. */
  tickMs?: number;
}

/**
 * Watches one PBX over one socket, from its opening to its end: a full picture first, then what the socket tells. Messages
 * that come while a picture is fetched wait for it; those of one phone keep their order.
 */
export class CallWatcher {
  private readonly queue = new KeyedQueue(readsAtOnce);
  /** Phones whose re-read has not begun: another upsert needs no second one. */
  private readonly unread = new Map<string, { atMs: number }>();
  private held: { message: ParticipantMessage; atMs: number }[] | null = [];
  private sequence: number | null = null;
  private pictureAtMs = 0;
  private pictureWanted = false;
  private askedAtMs = 0;
  private mayAskFromMs = 0;
  private failure: unknown = null;

  constructor(private readonly options: CallWatcherOptions) {}

  /**
   * Opens the socket and watches until it ends.
   *
   * @param opened the first full picture is there.
   * @throws {PeerError} when it cannot be opened, or the picture cannot be fetched.
   */
  async watch(signal: AbortSignal, opened: () => void): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const socket = await this.options.line.open(both);
    try {
      socket.onText((text) => this.hear(text, both));
      await this.takePicture(both, true);
      opened();
      await Promise.race([socket.closed, this.tick(socket, both)]);
    } finally {
      stop.abort();
      socket.close();
      this.queue.clear();
      await this.queue.idle();
      this.flush();
    }
    if (this.failure !== null) throw this.failure;
  }

  private hear(text: string, signal: AbortSignal): void {
    const read = readMessage(text);
    if (read === null) return;
    if (read.sequence !== null) {
      if (this.sequence !== null && read.sequence > this.sequence + 1) this.pictureWanted = true;
      this.sequence = Math.max(this.sequence ?? 0, read.sequence);
    }
    if (read.participant === null) return;
    const atMs = this.now();
    if (this.held !== null) this.held.push({ message: read.participant, atMs });
    else this.apply(read.participant, atMs, signal);
  }

  private apply(message: ParticipantMessage, atMs: number, signal: AbortSignal): void {
    const { key, attached } = message;
    if (message.change === 'remove') {
      this.unread.delete(key);
      this.queue.push(key, async () => this.note(() => this.options.tracker.remove(key, atMs)));
      return;
    }
    if (attached !== null) {
      this.queue.push(key, async () => this.note(() => this.options.tracker.upsert(attached, atMs)));
      return;
    }
    const waiting = this.unread.get(key);
    if (waiting !== undefined) {
      waiting.atMs = atMs;
      return;
    }
    const asked = { atMs };
    this.unread.set(key, asked);
    this.queue.push(key, () => this.reread(message, asked, signal));
  }

  private async reread(
    { key, path }: ParticipantMessage,
    asked: { atMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (this.unread.get(key) === asked) this.unread.delete(key);
    const { line, tracker } = this.options;
    try {
      const participant = await line.participant(path, signal);
      if (participant === 'gone') this.note(() => tracker.remove(key, asked.atMs));
      else if (participant?.key === key) this.note(() => tracker.upsert(participant, asked.atMs));
    } catch {
      // The next full picture tells what this would have told.
      this.pictureWanted = true;
    }
  }

  private note(change: () => void): void {
    change();
    this.flush();
  }

  private flush(): void {
    for (const news of this.options.tracker.takeNews()) this.options.keeper.take(news);
  }

  private async takePicture(signal: AbortSignal, reconnected: boolean): Promise<void> {
    this.held ??= [];
    this.pictureWanted = false;
    await this.queue.idle();
    const states = await this.options.line.snapshot(signal);
    this.pictureAtMs = this.now();
    this.note(() => this.options.tracker.snapshot(states, this.pictureAtMs, { reconnected }));
    const { held } = this;
    this.held = null;
    for (const { message, atMs } of held ?? []) this.apply(message, atMs, signal);
  }

  private async tick(socket: EventSocket, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pauseMs(this.options.tickMs ?? tickMs, signal);
      if (signal.aborted) return;
      try {
        const sinceMs = this.now() - this.pictureAtMs;
        if (sinceMs >= pictureEveryMs || (this.pictureWanted && sinceMs >= soonestPictureMs))
          await this.takePicture(signal, false);
      } catch (error) {
        this.failure = error;
        socket.close();
        return;
      }
      this.note(() => this.options.tracker.settle(this.now()));
      await this.endWhatIsOver(signal);
    }
  }

  /** Ends calls without phones, save those that the PBX still has: in a queue, or with somebody whom we may not see. */
  private async endWhatIsOver(signal: AbortSignal): Promise<void> {
    const { tracker } = this.options;
    let due = tracker.due(this.now());
    if (due.length === 0) return;
    const elsewhere = await this.callsElsewhere(signal);
    if (signal.aborted || elsewhere === 'ask-later') return;
    due = tracker.due(this.now());
    for (const call of due) {
      const quietMs = this.now() - (call.quietSinceMs ?? 0);
      const goesOn = call.callNumbers.some((number) => elsewhere.has(number));
      if (!goesOn || quietMs > longestElsewhereMs) tracker.end(call, this.now());
    }
    this.flush();
  }

  private async callsElsewhere(signal: AbortSignal): Promise<Set<number> | 'ask-later'> {
    if (this.now() < this.mayAskFromMs) return new Set();
    if (this.now() - this.askedAtMs < askEveryMs) return 'ask-later';
    this.askedAtMs = this.now();
    try {
      return await this.options.line.activeCallNumbers(signal);
    } catch (error) {
      // Without the Configuration API the grace alone decides.
      if (error instanceof PeerError && error.status !== null && error.status < 500)
        this.mayAskFromMs = this.now() + unaskedMs;
      return new Set();
    }
  }

  private now(): number {
    return this.options.clock().getTime();
  }
}
