import { Context } from '@temporalio/activity';
import { normaliseCallId } from '../domain/call-id';
import type { Connection } from '../domain/connection';
import type { LogCall } from '../domain/log-calls';
import { normaliseNumber } from '../domain/phone-number';
import type { ActivityDependencies } from './dependencies';

const marginMs = 60_000;

/**
 * DIDs of inbound calls by call id, in digits. The call log does not tell them; a PBX whose report of inbound calls cannot
 * be had leaves the map empty, for a call without its line is better than no call.
 */
export async function readDids(
  { threecx, log }: ActivityDependencies,
  connection: Connection,
  calls: readonly LogCall[],
  signal: AbortSignal = Context.current().cancellationSignal,
): Promise<Map<string, string>> {
  const inbound = calls.filter(({ direction }) => direction === 'inbound');
  if (inbound.length === 0) return new Map();
  const starts = inbound.map(({ startedAt }) => Date.parse(startedAt));
  const range = {
    from: new Date(Math.min(...starts) - marginMs),
    to: new Date(Math.max(...inbound.map(({ endedAt }) => Date.parse(endedAt))) + marginMs),
  };
  const callIds = new Map(
    inbound.flatMap((call) => [call.callId, ...call.joinedIds].map((id) => [id, call.callId])),
  );
  const context = { connection, callId: null, attempt: 1, signal };
  try {
    const found = new Map<string, string>();
    for (const { historyId, did } of await threecx.inboundDids(context, range)) {
      const callId = historyId === null ? undefined : callIds.get(normaliseCallId(historyId) ?? '');
      const { digits } = normaliseNumber(did, connection.country);
      if (callId !== undefined && digits !== '') found.set(callId, digits);
    }
    return found;
  } catch (error) {
    log.warn({ err: error, connection: connection.id }, 'The dialled numbers could not be read');
    return new Map();
  }
}
