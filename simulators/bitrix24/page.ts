import { escape, style, table } from '../common/html-page';
import type { Portal } from './portal';
import { inZone } from './portal-time';
import type { WireAnswer } from './rest-answer';

const shownRows = 200;
const directions = ['', 'outgoing', 'incoming', 'incoming, redirected', 'callback', 'info call'];

/** A page for people who try the demo: what the portal knows of its calls. */
export function portalPage(portal: Portal): WireAnswer {
  const { statistics, openCalls, files, users } = portal.state;
  const userOf = (id: number): string => {
    const user = users.find((one) => one.id === id);
    return user === undefined ? `#${id}` : `${user.name} (${id})`;
  };
  const finished = statistics.slice(-shownRows).reverse();
  const rows = finished.map((row) => [
    inZone(row.startedAt, portal.timeZone),
    userOf(row.userId),
    directions[row.type] ?? '',
    row.number,
    row.portalNumber,
    row.statusCode,
    `${row.durationSeconds} s`,
    files.find((file) => file.id === row.recordFileId)?.bytes ?? '–',
    row.crm === null ? '–' : `${row.crm.type} ${row.crm.id}`,
    row.callId,
  ]);
  const open = openCalls
    .slice(-shownRows)
    .map((call) => [
      inZone(call.dateCreate, portal.timeZone),
      userOf(call.userId),
      directions[call.type] ?? '',
      call.number,
      call.lineNumber ?? '–',
      call.callId,
    ]);
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
      refresh: '5',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stand-in Bitrix24</title><style>${style}</style></head><body>
<h1>Stand-in Bitrix24</h1><p>Times in ${escape(portal.timeZone)}. The page renews itself.</p>
<h2>Call statistics: ${statistics.length}</h2>
${table(['start', 'user', 'direction', 'number', 'line', 'status', 'duration', 'record bytes', 'CRM', 'CALL_ID'], rows)}
<h2>Open calls: ${openCalls.length}</h2>
${table(['start', 'user', 'direction', 'number', 'line', 'CALL_ID'], open)}
</body></html>`,
  };
}
