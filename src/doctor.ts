import type { Bitrix24Client } from './bitrix24/contract';
import type { DoctorCheck } from './domain/doctor-check';
import type { Connection } from './domain/connection';
import type { ThreecxClient } from './threecx/contract';

/** Examines both ends of a connection, in plain words, leaving no trace in either. */
export async function runDoctor(
  peers: { bitrix24: Bitrix24Client; threecx: ThreecxClient },
  connection: Connection,
): Promise<DoctorCheck[]> {
  const halves = await Promise.all([peers.threecx.checks(connection), peers.bitrix24.checks(connection)]);
  return halves.flat();
}
