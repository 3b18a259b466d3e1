import type { Connection } from '../domain/connection';
import type { LineMapping } from '../domain/mapping';
import { spellingsOf } from '../domain/phone-number';
import type { ActivityDependencies } from './dependencies';

/** A portal that refused is not asked again with every call. */
const pauseMs = 10 * 60_000;
const attemptMs = 60_000;
/** So long the mapping of a line whose name is told is not read again. */
const quietMs = 10_000;

type Dependencies = Pick<ActivityDependencies, 'store' | 'bitrix24' | 'log' | 'clock'>;

/** What this process told the portal, by connection and DID, and until when nobody looks again. */
type Told = Map<string, { wanted: string | null; untilMs: number }>;

/** Tells the portal how the line of a call is called; nobody waits for it. */
export type NameLine = (connection: Connection, did: string | null) => void;

/**
 * Names lines in Bitrix24 by their mapping, when a call first uses one and after its mapping changed: `register` alone
 * makes lines without a name (`bitrix24.md` 5.6). Goes on beside the step that asked for it and never fails it; what did
 * not succeed is tried again with a later call. A line whose mapping has no name is left to the portal.
 */
export function createNameLine(deps: Dependencies): NameLine {
  const told: Told = new Map();
  return (connection, did) => {
    if (did === null) return;
    nameLine(deps, connection, did, told).catch((error: unknown) => {
      deps.log.debug({ err: error, connection: connection.id }, 'A line was not named in Bitrix24');
    });
  };
}

async function nameLine(
  { store, bitrix24, clock }: Dependencies,
  connection: Connection,
  did: string,
  told: Told,
): Promise<void> {
  const asWritten = `${connection.id}/${did}`;
  const known = told.get(asWritten);
  if (known !== undefined && clock().getTime() < known.untilMs) return;
  const mapped = await store.lines.getMany(connection.id, spellingsOf(did, connection.country));
  const [first] = mapped;
  const name = first?.[1].name?.trim() ?? '';
  if (first === undefined || name === '') return;
  const [key, line] = first;
  const named = { number: line.lineNumber, name, crmAutoCreate: createsForOutgoing(line, connection) };
  const wanted = JSON.stringify([named.number, named.name, named.crmAutoCreate]);
  const quiet = { wanted, untilMs: clock().getTime() + quietMs };
  if (known?.wanted === wanted) told.set(asWritten, quiet);
  // Named already, or somebody is at it, or the portal refused a while ago.
  else if (!(await store.lines.takeNaming(connection.id, key, wanted, pauseMs)))
    told.set(asWritten, { ...quiet, wanted: null });
  else {
    const context = { connection, callId: null, attempt: 1, notAfterMs: Date.now() + attemptMs };
    await bitrix24.nameLine(context, named);
    await store.lines.named(connection.id, key, wanted);
    told.set(asWritten, quiet);
  }
}

/** The portal's own flag is about calls that are started in it (`bitrix24.md` 5.6). */
function createsForOutgoing({ crmCreate }: LineMapping, { rules }: Connection): boolean {
  const rule = crmCreate ?? rules.crmCreate;
  return rule === 'always' || rule === 'outbound';
}
