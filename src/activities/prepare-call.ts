import { mayHaveCallLog } from '../domain/call-log-access';
import type { CallActivities, PrepareInput, ResolvedExtension, ResumedCall } from '../domain/call-steps';
import type { Connection, CrmCreate } from '../domain/connection';
import { decodeHistoryId } from '../domain/history-id';
import type { ExtensionMapping, LineMapping } from '../domain/mapping';
import { sameCallWindowMs } from '../domain/match-log-calls';
import { normaliseNumber, spellingsOf } from '../domain/phone-number';
import type { StoredCall } from '../store/contract';
import { isLaterCall } from '../domain/reused-id';
import type { ActivityDependencies } from './dependencies';
import { needsPerson } from './failures';
import { saveView } from './save-view';

/**
 * Looks up what a call needs before anything is written: was it handled before, whose is it, which line, which rules.
 * Reads MongoDB only; the claim and the first ledger row are idempotent.
 */
export function createPrepareCall(deps: ActivityDependencies): CallActivities['prepareCall'] {
  const { store } = deps;
  return async (input) => {
    const stored = await store.connections.recent(input.connection);
    if (stored === null)
      throw needsPerson(
        'connection-missing',
        'Create the connection again, or leave the call to be given up.',
      );
    const connection = stored.value;
    const callerHash = store.hashNumber(input.connection, input.callerNumber);

    let resume: ResumedCall | undefined;
    if (input.first) {
      const known = await store.calls.get(input.connection, input.callId);
      if (known !== null && isHandled(known, input)) {
        const isLater =
          input.onlyAnnounced !== true && isLaterCall(known, input.startedAt, connection.rules.maxCallHours);
        return { outcome: isLater ? 'reused-id' : 'handled' };
      }
      if (known !== null) resume = leftBehind(known, input);
    }
    // Beside the claim; a mapping that is changed meanwhile counts either way.
    const mapped = Promise.all([
      store.extensions.getMany(input.connection, mentioned(input)),
      findLine(deps, input, connection),
    ]);
    mapped.catch(() => undefined);
    // Each time anew: the first event may tell neither the number nor an extension.
    const [extension = null, ...moreExtensions] = input.extensions;
    if (input.first || input.callerTold) {
      const claim = await store.claims.claim(
        {
          ...input,
          callerHash: input.callerTold ? callerHash : null,
          startedAt: startInPbx(input, connection.rules.maxCallHours),
          endedAt: input.view.endedAt,
          endIsReceipt: input.fromReport && isEndReceipt(input.view),
          extension,
          moreExtensions,
        },
        sameCallWindowMs,
      );
      if (!claim.won && !input.registered) {
        const survivor = await store.calls.get(input.connection, claim.survivorCallId);
        const survivorOpen = survivor === null || (!survivor.closed && survivor.state !== 'finished');
        return { outcome: 'merged', survivorCallId: claim.survivorCallId, survivorOpen };
      }
    }

    const [extensions, line] = await mapped;
    if (!input.registered) {
      const reason = notSent(input, connection, extensions);
      if (reason !== null) {
        // Its history tells the number, so that it must be found when the number is to be erased.
        await saveView(deps, input, {}, { callerHash });
        return { outcome: 'not-sent', reason };
      }
    }
    const resolutions = input.extensions.map(
      (extension) => [extension, resolve(extensions.get(extension))] as const,
    );
    await countUnmapped(deps, input, resolutions);
    if (input.first) await saveView(deps, input, {}, { callerHash });
    else if (callerHash !== '')
      await store.calls.noteCaller(input.connection, input.callId, callerHash).catch((error: unknown) => {
        deps.log.warn({ err: error, callId: input.callId }, 'The caller of a call was not noted');
      });
    return {
      outcome: 'resolved',
      extensions: Object.fromEntries(resolutions),
      lineNumber: line?.lineNumber ?? input.did,
      lineFallbackUserId: line?.fallbackUserId ?? null,
      crmCreate: createsCrmObject(line?.crmCreate ?? connection.rules.crmCreate, input.direction),
      // Numbers of others have no business in the history of this call.
      rules: { ...connection.rules, excludedNumbers: [] },
      httpTimeoutMs: deps.httpTimeoutMs,
      ...(mayHaveCallLog(connection) ? { callLog: true } : {}),
      ...(resume === undefined ? {} : { resume }),
    };
  };
}

/**
 * The start as a history id holds it: sources that name the call so may tell no start, and were first heard of when a
 * phone rang. An id whose start does not fit was made elsewhere.
 */
function startInPbx({ callId, startedAt }: PrepareInput, maxCallHours: number): string {
  const decoded = decodeHistoryId(callId)?.startedAt;
  const gapMs = decoded === undefined ? -1 : Date.parse(startedAt) - Date.parse(decoded);
  return decoded !== undefined && gapMs >= 0 && gapMs <= maxCallHours * 3_600_000 ? decoded : startedAt;
}

/** Where nobody told the end, the view has the time at which an event of the end came. */
function isEndReceipt({ endedAt, events }: PrepareInput['view']): boolean {
  return events.some(
    ({ event, at }) => (event === 'call-ended' || event === 'call-report') && at === endedAt,
  );
}

/** A call that waits for its recording only counts as handled, save for a run that takes it up on purpose. */
function isHandled({ closed, state }: StoredCall, { resumed }: PrepareInput): boolean {
  return closed || (state === 'finished' && resumed !== true);
}

/** What an earlier run wrote; an earlier attempt of this very step writes no newer revision than its own. */
function leftBehind(known: StoredCall, input: PrepareInput): ResumedCall | undefined {
  if (known.revision <= input.revision && known.bitrix24CallId === null) return undefined;
  const { bitrix24CallId, userId, startedAt, revision, marks } = known;
  return { bitrix24CallId, userId, startedAt, revision, marks };
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

function notSent(
  input: PrepareInput,
  connection: Connection,
  extensions: Map<string, ExtensionMapping>,
): 'internal' | 'excluded' | null {
  if (input.direction === 'internal' || isColleague(input, extensions)) return 'internal';
  return isExcluded(input.callerNumber, connection) ? 'excluded' : null;
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
