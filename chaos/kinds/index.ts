import { adminFaults } from './admin-faults';
import { credentialFaults } from './credential-faults';
import { edgeFaults } from './edge-faults';
import { hostFaults } from './host-faults';
import type { FaultKind } from './kind';
import { pbxFaults } from './pbx-faults';
import { portalFaults } from './portal-faults';
import { serverFaults } from './server-faults';
import { workerFaults } from './worker-faults';

export { lanes, targets } from './kind';
export type { FaultKind, FaultRun, Lane, Target } from './kind';

/** Every kind of fault that is scheduled; what the sender does wrong is planned with the calls. */
export const kinds: FaultKind[] = [
  ...workerFaults,
  ...serverFaults,
  ...edgeFaults,
  ...hostFaults,
  ...portalFaults,
  ...credentialFaults,
  ...pbxFaults,
  ...adminFaults,
];
