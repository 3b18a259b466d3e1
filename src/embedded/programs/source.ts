import type { EmbeddedLog } from '../embedded-log';
import type { Program } from './program';

/** What finding a program depends on; tests bring their own. */
export interface FindContext {
  env: NodeJS.ProcessEnv;
  log: EmbeddedLog;
}

/** A program that was seen running on this machine. */
export interface FoundProgram {
  path: string;
  source: SourceName;
  version: string | null;
}

/** The places where a program may come from. */
export type SourceName = 'environment' | 'path' | 'cache' | 'official-download' | 'package-registry';

/** One place where a program may come from. */
export interface Source {
  name: SourceName;
  /** What is tried, for the message when nothing works. */
  describe(program: Program, context: FindContext): string;
  /**
   * @throws {NotThere} when this place has nothing to offer, which is usual.
   * @throws {Error} with the reason when it has something that does not work.
   */
  find(program: Program, context: FindContext): Promise<FoundProgram>;
}

/** This place has nothing to offer; no reason for a warning. */
export class NotThere extends Error {}
