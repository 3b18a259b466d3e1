import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { checkSha256 } from './checksum';
import { install } from './install';
import type { OfficialDownload, Program } from './program';
import { lastLine } from './prove';
import { runCommand } from './run-command';
import type { Source } from './source';
import { NotThere } from './source';

/** The maker's own download. */
export const fromOfficialDownload: Source = {
  name: 'official-download',
  describe: ({ official }) => `official download${official === null ? '' : ` (${official.url})`}`,
  async find(program, context) {
    const { official } = program;
    if (official === null) throw new NotThere(`there is none for ${process.platform} ${process.arch}`);
    return install(program, context, {
      source: 'official-download',
      version: official.version,
      megabytes: official.megabytes,
      from: new URL(official.url).host,
      fetch: (dir, target) => fetchOfficial(program, official, dir, target),
    });
  },
};

/**
 * Fetches the maker's own archive and takes the program out of it. A machine without a way out is noticed within
 * seconds; the proxy variables of the environment hold.
 */
async function fetchOfficial(
  program: Program,
  from: OfficialDownload,
  dir: string,
  target: string,
): Promise<void> {
  const archive = path.join(dir, 'archive.tgz');
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: 5_000 },
    headersTimeout: 20_000,
    bodyTimeout: 30_000,
  });
  const signal = AbortSignal.timeout(15 * 60_000);
  const get = async (url: string): ReturnType<typeof fetch> => {
    const response = await fetch(url, { dispatcher: agent, signal });
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    return response;
  };
  try {
    const response = await get(from.url);
    await pipeline(Readable.fromWeb(response.body as never), createWriteStream(archive));
    if (from.sha256Url !== null) {
      const sum = /^[0-9a-f]{64}\b/i.exec(await (await get(from.sha256Url)).text())?.[0];
      if (sum === undefined) throw new Error(`${from.sha256Url} holds no SHA-256`);
      await checkSha256(archive, sum, from.url);
    }
  } finally {
    await agent.destroy();
  }
  const unpacked = path.join(dir, 'unpacked');
  await mkdir(unpacked);
  const { code, stderr, problem } = await runCommand('tar', ['-xzf', archive, '-C', unpacked], 120_000);
  if (code !== 0) throw new Error(`tar: ${problem ?? lastLine(stderr)}`);
  const found = (await readdir(unpacked, { recursive: true, withFileTypes: true })).find(
    (entry) => entry.isFile() && entry.name === program.file,
  );
  if (found === undefined) throw new Error(`the archive holds no ${program.file}`);
  await rename(path.join(found.parentPath, found.name), target);
}
