/** One line of the result table. */
export interface Measure {
  name: string;
  /** In words with their unit. */
  ours: string;
  baseline?: string;
  ratio?: number;
  /** In words; absent: a figure that is stated and not judged. */
  goal?: string;
  /** Whether the goal is met; absent without a goal. */
  met?: boolean;
  /** How it was measured, or what the numbers hide. */
  note?: string;
}

/** Says what a benchmark is doing while it runs. */
export type Say = (text: string) => void;

/** Middle value; the mean of the two middle ones of an even count. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Nearest-rank percentile. NaN of nothing. @param share between 0 and 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** A number with few digits. */
export function short(value: number, digits = 1): string {
  return value.toFixed(digits);
}
