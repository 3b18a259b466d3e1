import { escape, style, table } from '../common/html-page';
import type { Pbx } from './pbx';
import type { Delivery } from './play-options';
import type { PbxCall, Recording } from './pbx-state';
import { localText } from './pbx-time';
import type { WireAnswer } from './wire';

const shownRows = 200;

/** A page for people who try the demo: what the PBX knows of its calls, recordings, tokens and webhooks. */
export function pbxPage(pbx: Pbx, deliveries: readonly Delivery[]): WireAnswer {
  const now = pbx.clock.now();
  const time = (atMs: number): string =>
    Number.isFinite(atMs) ? localText(pbx.timeZone, atMs).replace('T', ' ') : 'never';
  const calls = newest(pbx.calls).map((call) => [
    time(call.startedAt),
    call.direction,
    call.presentedNumber === '' ? '–' : call.presentedNumber,
    call.did ?? '–',
    way(call),
    call.over ? `${Math.round((call.endedAt - call.startedAt) / 1000)} s` : 'going on',
    call.historyId,
  ]);
  const recordings = newest(pbx.recordings).map((one) => [
    one.id,
    one.extension,
    time(one.startedAt),
    one.bytes,
    state(one, now),
    one.mainHistoryId,
  ]);
  const tokens = newest(pbx.tokens.list()).map((token) => [
    token.owner.id,
    token.owner.role,
    token.state === 'live' && token.expiresAt <= now ? 'expired' : token.state,
    time(token.expiresAt),
  ]);
  const sent = newest(deliveries).map((one) => [
    time(one.sentAt),
    one.source,
    one.event,
    one.status === 0 ? (one.error ?? 'no answer') : one.status,
    one.attempts,
    one.historyId,
  ]);
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
      refresh: '5',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stand-in 3CX</title><style>${style}</style></head><body>
<h1>Stand-in 3CX ${escape(pbx.switches.version)}</h1><p>Times in ${escape(pbx.timeZone)}. Blocked addresses: ${escape(pbx.blocklist.list().join(', ') || 'none')}. The page renews itself.</p>
<h2>Calls: ${pbx.calls.length}</h2>
${table(['start', 'direction', 'outside number', 'DID', 'legs', 'length', 'history id'], calls)}
<h2>Recordings: ${pbx.recordings.length}</h2>
${table(['id', 'extension', 'start', 'bytes', 'state', 'history id'], recordings)}
<h2>Webhooks: ${deliveries.length}</h2>
${table(['sent', 'source', 'event', 'answer', 'attempts', 'history id'], sent)}
<h2>Tokens: ${pbx.tokens.minted} minted</h2>
${table(['holder', 'role', 'state', 'expires'], tokens)}
</body></html>`,
  };
}

function newest<T>(list: readonly T[]): T[] {
  return list.slice(-shownRows).reverse();
}

function way(call: PbxCall): string {
  return call.legs
    .map((leg) => `${leg.destination.dn}${leg.answeredAt === null ? ' (no answer)' : ''}`)
    .join(' → ');
}

function state(recording: Recording, now: number): string {
  if (recording.deleted) return 'deleted';
  if (recording.rowAt > now) return 'not yet listed';
  return recording.fileAt > now ? 'listed, no file yet' : 'ready';
}
