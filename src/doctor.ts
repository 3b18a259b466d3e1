import type { Bitrix24Client } from './bitrix24/contract';
import type { DoctorCheck } from './domain/doctor-check';
import type { Connection } from './domain/connection';
import type { ThreecxClient } from './threecx/contract';

/**
 * Examines both ends of a connection, in plain words, leaving no trace in either.
 *
 * @param ours `eventHandler`: the address at which we take events of the connection's portal.
 */
export async function runDoctor(
  peers: { bitrix24: Bitrix24Client; threecx: ThreecxClient },
  connection: Connection,
  ours: { eventHandler: string },
): Promise<DoctorCheck[]> {
  const halves = await Promise.all([
    peers.threecx.checks(connection),
    peers.bitrix24.checks(connection, ours),
  ]);
  return halves.flat();
}
