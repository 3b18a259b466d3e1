import type { FaultKind } from './kind';
import { peerFaults } from './peer-faults';
import { serverFaults } from './server-faults';
import { workerFaults } from './worker-faults';

export type { FaultKind, FaultRun, Lane } from './kind';

/** Every kind of fault that is scheduled; what the sender does wrong is planned with the calls. */
export const kinds: FaultKind[] = [...workerFaults, ...serverFaults, ...peerFaults];
