/** Addresses that tried too many wrong credentials; they stay blocked until somebody unblocks them (3cx.md 5.5). */
export class Blocklist {
  private readonly failures = new Map<string, number>();
  private readonly blocked = new Set<string>();

  /** Counts a failed log-in; more than `allowed` of them block the address. A success does not set the count back. */
  fail(address: string, allowed: number): void {
    const count = (this.failures.get(address) ?? 0) + 1;
    this.failures.set(address, count);
    if (count > allowed) this.blocked.add(address);
  }

  /** Whether the address gets no answers any more. */
  has(address: string): boolean {
    return this.blocked.has(address);
  }

  /** Blocked addresses. */
  list(): string[] {
    return [...this.blocked];
  }

  /** Failed log-ins of an address, or of all. */
  failureCount(address?: string): number {
    if (address !== undefined) return this.failures.get(address) ?? 0;
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Unblocks every address and forgets the failures. */
  clear(): void {
    this.failures.clear();
    this.blocked.clear();
  }
}
