/** So old may be what {@link Recent} answers. */
const recentMs = 1_000;
const mostKept = 1_000;

/**
 * What was read a moment ago, so that the steps of one call and of its neighbours do not read it again and again. Whoever
 * changes something says so (`forget`), so only changes by other processes are seen late, by a second.
 */
export class Recent<T> {
  private readonly entries = new Map<string, { value: Promise<T>; until: number }>();

  constructor(private readonly read: (key: string) => Promise<T>) {}

  /** As read within the last second, else read now. Failures are not kept. */
  get(key: string): Promise<T> {
    const now = performance.now();
    const known = this.entries.get(key);
    if (known !== undefined && known.until > now) return known.value;
    if (this.entries.size >= mostKept) this.entries.clear();
    const entry = { value: this.read(key), until: now + recentMs };
    this.entries.set(key, entry);
    entry.value.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry.value;
  }

  /** Call when a change of it is stored. */
  forget(key: string): void {
    this.entries.delete(key);
  }
}
