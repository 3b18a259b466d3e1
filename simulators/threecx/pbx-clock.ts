/** The PBX's clock: a base that may be injected, plus what the control has added. */
export class PbxClock {
  private addedMs = 0;
  private frozenAtMs: number | null = null;

  /**
   * @param base Unix milliseconds; the machine's clock unless a test brings its own.
   * @param changed called when the time was moved, for rows and files become visible by time.
   */
  constructor(
    private readonly base: () => number,
    private readonly changed: () => void,
  ) {}

  /** Unix milliseconds. */
  now(): number {
    return this.frozenAtMs ?? this.base() + this.addedMs;
  }

  /** Moves the PBX's time, so that hours of waiting for a recording pass at once. */
  advance(byMs: number): void {
    if (this.frozenAtMs === null) this.addedMs += byMs;
    else this.frozenAtMs += byMs;
    this.changed();
  }

  /** Sets the PBX's time; it runs on from there unless frozen. */
  set(toMs: number): void {
    if (this.frozenAtMs === null) this.addedMs = toMs - this.base();
    else this.frozenAtMs = toMs;
    this.changed();
  }

  /** Stops the PBX's time until `run`. */
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
