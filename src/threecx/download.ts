import type { ThreecxContext } from './contract';
import type { PbxClient } from './pbx-client';
import { threecxError } from './reasons';
import type { PbxAnswer } from './transport';
import type { DownloadTarget } from './write-recording';
import { writeRecording } from './write-recording';

const idleTimeoutMs = 30_000;
/** Generous, but below the time that the activity has for everything. */
const totalTimeoutMs = 20 * 60_000;

/**
 * Brings one recording from the PBX into a new local file, whole.
 *
 * @param path on the PBX's own origin.
 *
 * @throws {PeerError} `file-not-there`, `cut-short`, `not-audio`, `too-big`, `disk-full` and those of any request.
 */
export async function download(
  pbx: PbxClient,
  context: ThreecxContext,
  path: string,
  target: DownloadTarget,
): Promise<{ bytes: number; contentType: string | null }> {
  return pbx.ask(
    context,
    {
      label: '3cx.download',
      path,
      whenForbidden: 'recording-right-missing',
      whenMissing: 'file-not-there',
      accept: 'audio/*, application/octet-stream;q=0.9, */*;q=0.1',
      headersTimeoutMs: 60_000,
      idleTimeoutMs,
      totalTimeoutMs,
    },
    (answer) => save(answer, target),
  );
}

async function save(
  answer: PbxAnswer,
  target: DownloadTarget,
): Promise<{ bytes: number; contentType: string | null }> {
  const contentType = headerOf(answer, 'content-type');
  const length = Number(headerOf(answer, 'content-length') ?? Number.NaN);
  const refuse = (reason: 'cut-short' | 'not-audio' | 'too-big'): never => {
    answer.body.destroy();
    throw threecxError(reason, { status: answer.status });
  };
  if (answer.status === 206) refuse('cut-short');
  // A login page or an error answered as success; what the bytes really are is looked at afterwards.
  if (/^\s*(text\/|application\/(json|xml|xhtml|problem))/i.test(contentType ?? '')) refuse('not-audio');
  if (headerOf(answer, 'content-encoding') !== null && headerOf(answer, 'content-encoding') !== 'identity')
    refuse('not-audio');
  if (length > target.maxBytes) refuse('too-big');
  const bytes = await writeRecording(answer.body as AsyncIterable<Uint8Array>, target, (error) => {
    const translated = answer.translate(error);
    // Headers came, so a connection lost now is a body cut short.
    return 'reason' in translated && translated.reason === 'pbx-unreachable'
      ? threecxError('cut-short', { cause: error })
      : translated;
  });
  return { bytes, contentType };
}

function headerOf({ headers }: PbxAnswer, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}
