/** The portal's clock: a base that may be injected, plus what the control has added. */
export class PortalClock {
  private addedMs = 0;
  private frozenAtMs: number | null = null;

  /** @param base Unix milliseconds; the machine's clock unless a test brings its own. */
  constructor(private readonly base: () => number = Date.now) {}

  /** Unix milliseconds. */
  now(): number {
    return this.frozenAtMs ?? this.base() + this.addedMs;
  }

  /** Moves the portal's time; windows of 30 and 10 minutes pass without waiting. */
  advance(byMs: number): void {
    if (this.frozenAtMs === null) this.addedMs += byMs;
    else this.frozenAtMs += byMs;
  }

  /** Sets the portal's time; it runs on from there unless frozen. */
  set(toMs: number): void {
    if (this.frozenAtMs === null) this.addedMs = toMs - this.base();
    else this.frozenAtMs = toMs;
  }

  /** Stops the portal's time until `run`, so that the rate bucket does not leak under a test. */
  freeze(): void {
    this.frozenAtMs = this.now();
  }

  /** Lets the time run on from where it stands. */
  run(): void {
    const at = this.now();
    this.frozenAtMs = null;
    this.set(at);
  }

  /** Back to the base clock. */
  reset(): void {
    this.addedMs = 0;
    this.frozenAtMs = null;
  }
}
