import type { CallActivities, PrepareInput, ResolvedExtension } from '../domain/call-steps';
import type { Connection, CrmCreate } from '../domain/connection';
import type { ExtensionMapping, LineMapping } from '../domain/mapping';
import { normaliseNumber, spellingsOf } from '../domain/phone-number';
import type { ActivityDependencies } from './dependencies';
import { needsPerson } from './failures';
import { saveView } from './save-view';

/** How far the starts of one physical call may lie apart when two sources tell it. */
const sameCallWindowMs = 120_000;

/**
 * Looks up what a call needs before anything is written: was it handled before, whose is it, which line, which rules.
 * Reads MongoDB only; the claim and the first ledger row are idempotent.
 */
export function createPrepareCall(deps: ActivityDependencies): CallActivities['prepareCall'] {
  const { store } = deps;
  return async (input) => {
    const stored = await store.connections.get(input.connection);
    if (stored === null)
      throw needsPerson(
        'connection-missing',
        'Create the connection again, or leave the call to be given up.',
      );
    const connection = stored.value;
    const callerHash = store.hashNumber(input.connection, input.callerNumber);

    if (input.first) {
      const known = await store.calls.get(input.connection, input.callId);
      if (known !== null && (known.closed || known.state === 'finished')) return { outcome: 'handled' };
      const claim = await store.claims.claim(
        { ...input, callerHash, extension: input.extensions[0] ?? null },
        sameCallWindowMs,
      );
      if (!claim.won) return { outcome: 'merged', survivorCallId: claim.survivorCallId };
    }

    const extensions = await store.extensions.getMany(input.connection, mentioned(input));
    if (!input.registered) {
      if (input.direction === 'internal' || isColleague(input, extensions))
        return { outcome: 'not-sent', reason: 'internal' };
      if (isExcluded(input.callerNumber, connection)) return { outcome: 'not-sent', reason: 'excluded' };
    }
    const resolutions = input.extensions.map(
      (extension) => [extension, resolve(extensions.get(extension))] as const,
    );
    await countUnmapped(deps, input, resolutions);
    const line = await findLine(deps, input, connection);
    if (input.first) await saveView(deps, input, {}, { callerHash });
    return {
      outcome: 'resolved',
      extensions: Object.fromEntries(resolutions),
      lineNumber: line?.lineNumber ?? input.did,
      lineFallbackUserId: line?.fallbackUserId ?? null,
      crmCreate: createsCrmObject(line?.crmCreate ?? connection.rules.crmCreate, input.direction),
      rules: connection.rules,
      httpTimeoutMs: deps.httpTimeoutMs,
    };
  };
}

/** Extensions to look up: those of the events, and the caller himself when his number is as short as a colleague's. */
function mentioned(input: PrepareInput): string[] {
  return isShort(input.callerNumber) ? [...input.extensions, input.callerNumber] : input.extensions;
}

function isShort(number: string): boolean {
  return /^[0-9]{1,6}$/.test(number);
}

function isColleague(input: PrepareInput, extensions: Map<string, ExtensionMapping>): boolean {
  const mapping = isShort(input.callerNumber) ? extensions.get(input.callerNumber) : undefined;
  return mapping !== undefined && 'userId' in mapping;
}

function isExcluded(callerNumber: string, connection: Connection): boolean {
  return connection.rules.excludedNumbers.some((excluded) => {
    const { digits } = normaliseNumber(excluded, connection.country);
    return digits !== '' && digits === callerNumber;
  });
}

function resolve(mapping: ExtensionMapping | undefined): ResolvedExtension {
  if (mapping === undefined) return { kind: 'unmapped' };
  return 'userId' in mapping ? { kind: 'person', userId: mapping.userId } : { kind: mapping.kind };
}

async function countUnmapped(
  { store, clock, log }: ActivityDependencies,
  input: PrepareInput,
  resolutions: readonly (readonly [string, ResolvedExtension])[],
): Promise<void> {
  for (const [extension, { kind }] of resolutions) {
    if (kind !== 'unmapped') continue;
    await store.extensions.countUnmapped(input.connection, extension, clock()).catch((error: unknown) => {
      log.warn({ err: error, callId: input.callId }, 'An unmapped extension was not counted');
    });
  }
}

/** The mapped line of a DID, however either of them is written. */
async function findLine(
  { store }: ActivityDependencies,
  input: PrepareInput,
  connection: Connection,
): Promise<LineMapping | undefined> {
  if (input.did === null) return undefined;
  const lines = await store.lines.getMany(input.connection, spellingsOf(input.did, connection.country));
  return [...lines.values()][0];
}

function createsCrmObject(rule: CrmCreate, direction: PrepareInput['direction']): boolean {
  return rule === 'always' || rule === direction;
}
