import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { finished, pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { FileStore } from './file-store';
import { nest, parseForm } from './form-values';
import { emptyParams } from './php';
import type { Params } from './php';

/** A file that came with a multipart body, kept on disk. */
export interface FilePart {
  field: string;
  name: string;
  path: string;
  bytes: number;
}

/** Query and body together; the body wins. */
export interface RequestInput {
  params: Params;
  files: FilePart[];
}

/** The largest body that is read into memory; files of multipart bodies are not. */
const maxBodyBytes = 512 * 1024 * 1024;

/** The body is too large to be read. */
export class BodyTooLarge extends Error {}

/** The client went away in the middle of its body. */
export class BodyCut extends Error {}

/**
 * Reads a request as the portal does: query, then JSON, form or multipart. What cannot be parsed counts as no parameters.
 *
 * @throws BodyTooLarge, BodyCut
 */
export async function readInput(
  request: IncomingMessage,
  query: string,
  store: FileStore,
): Promise<RequestInput> {
  const params = parseForm(query);
  if (request.method !== 'POST') {
    request.resume();
    return { params, files: [] };
  }
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  try {
    if (type.startsWith('multipart/form-data')) return await readMultipart(request, params, store);
    const text = await readText(request);
    return { params: Object.assign(params, parseText(text, type)), files: [] };
  } catch (error) {
    if (error instanceof BodyTooLarge || request.complete) throw error;
    throw new BodyCut('The body ended early', { cause: error });
  }
}

/** Deletes the files of a request that nothing has kept. */
export async function dropFiles(input: RequestInput, store: FileStore): Promise<void> {
  await Promise.all(input.files.map((part) => store.drop(part.path)));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new BodyTooLarge('The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function parseText(text: string, type: string): Params {
  const trimmed = text.trim();
  if (trimmed === '') return emptyParams();
  if (!type.startsWith('application/json')) return parseForm(trimmed);
  try {
    const value: unknown = JSON.parse(trimmed);
    return typeof value === 'object' && value !== null ? Object.assign(emptyParams(), value) : emptyParams();
  } catch {
    return emptyParams();
  }
}

/** null: the content type names no boundary. */
function makeParser(request: IncomingMessage): busboy.Busboy | null {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { fieldSize: maxBodyBytes, fields: 1_000, files: 20 },
    });
  } catch {
    return null;
  }
}

async function readMultipart(
  request: IncomingMessage,
  params: Params,
  store: FileStore,
): Promise<RequestInput> {
  const fields: [string, string][] = [];
  const files: FilePart[] = [];
  const writings: Promise<void>[] = [];
  const parser = makeParser(request);
  if (parser === null) {
    request.resume();
    await finished(request);
    return { params, files };
  }
  parser.on('field', (name, value) => fields.push([name, value]));
  parser.on('file', (field, stream, info) => {
    const write = async (): Promise<void> => {
      const part: FilePart = { field, name: info.filename ?? '', path: await store.freshPath(), bytes: 0 };
      files.push(part);
      stream.on('data', (chunk: Buffer) => (part.bytes += chunk.length));
      await pipeline(stream, createWriteStream(part.path));
    };
    const writing = write();
    writing.catch(() => undefined);
    writings.push(writing);
  });
  try {
    await pipeline(request, parser);
    await Promise.all(writings);
  } catch (error) {
    await Promise.allSettled(writings);
    await Promise.all(files.map((part) => store.drop(part.path)));
    throw error;
  }
  return { params: Object.assign(params, nest(fields)), files };
}
