import type { IncomingMessage } from 'node:http';
import type { WireAnswer } from './wire';

/** One request as the endpoints see it. */
export interface PbxRequest {
  method: string;
  /** Decoded path; never with a slash at the end. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
  remoteAddress: string;
}

/** The end of a request that was refused: the answer as it goes out, and words for the log. */
export class Refusal extends Error {
  constructor(
    readonly answer: WireAnswer,
    message: string,
  ) {
    super(message);
  }
}

const longestBody = 1024 * 1024;

/** Reads a whole body; null when it is too long or was cut. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > longestBody) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

/** The token of an Authorization header; null when there is none of the kind. The scheme takes any letter case. */
export function bearerOf(headers: IncomingMessage['headers']): string | null {
  return /^Bearer +([^\s]+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
