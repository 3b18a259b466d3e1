import type { DataConverter, PayloadCodec } from '@temporalio/common';

/** The same for client and worker: encrypted payloads, encrypted failures. */
export function dataConverterWith(codec: PayloadCodec): DataConverter {
  return { payloadCodecs: [codec], failureConverterPath: require.resolve('./failure-converter') };
}
