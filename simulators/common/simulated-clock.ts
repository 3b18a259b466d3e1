/** A stand-in's clock: a base that may be injected, plus what the control has added. */
export class SimulatedClock {
  private addedMs = 0;
  private frozenAtMs: number | null = null;

  /**
   * @param base Unix milliseconds; the machine's clock unless a test brings its own.
   * @param changed called when the time was moved, for what becomes visible by time.
   */
  constructor(
    private readonly base: () => number = Date.now,
    private readonly changed: () => void = () => undefined,
  ) {}

  /** Unix milliseconds. */
  now(): number {
    return this.frozenAtMs ?? this.base() + this.addedMs;
  }

  /** Moves the time: windows of minutes and hours of waiting pass at once. */
  advance(byMs: number): void {
    if (this.frozenAtMs === null) this.addedMs += byMs;
    else this.frozenAtMs += byMs;
    this.changed();
  }

  /** Sets the time; it runs on from there unless frozen. */
  set(toMs: number): void {
    if (this.frozenAtMs === null) this.addedMs = toMs - this.base();
    else this.frozenAtMs = toMs;
    this.changed();
  }

  /** Stops the time until `run`, so that nothing leaks or expires under a test. */
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
    this.changed();
  }
}
