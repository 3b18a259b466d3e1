import type { Logger } from 'pino';
import type { PeerAlarm } from './store';

const names = { bitrix24: 'Bitrix24', threecx: '3CX' } as const;

/** One line at level `error` when calls begin to wait for a peer, one at `info` when they go on; never one for each call. */
export function tellAlarm(log: Logger, { change, peer, ok: _ok, ...alarm }: PeerAlarm): void {
  const fields = { alarm: change, peer, ...alarm };
  if (change === 'raised')
    log.error(fields, `${names[peer]} cannot be used; calls wait and go on by themselves`);
  else log.info(fields, `${names[peer]} can be used again`);
}
