/** Address of the Temporal server of this test run. */
export function temporalAddress(): string {
  const address = process.env.TEST_TEMPORAL_ADDRESS;
  if (address === undefined) throw new Error('The global set-up did not start Temporal');
  return address;
}
