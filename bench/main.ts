import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Servers } from './lab/servers';
import { startServers } from './lab/servers';
import type { Measure } from './measure';
import { formatReport } from './report';
import { sections } from './sections';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** `npm run bench [-- --only webhook,calls] [--json file] [--full]`: 1 when a goal is missed. */
async function main(): Promise<number> {
  const { only, json, full } = readArguments();
  const chosen = Object.entries(sections).filter(([name]) => only === null || only.includes(name));
  let servers: Servers | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= servers?.stop() ?? Promise.resolve());
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      void stop().finally(() => process.exit(130));
    });
  const measures: Measure[] = [];
  try {
    say('Starting Temporal, MongoDB and the stand-ins …');
    servers = await startServers();
    for (const [name, measure] of chosen) {
      say(`${name} …`);
      const found = await measure({ servers, full, say: (text) => say(`  ${text}`) });
      measures.push(...found);
      say(formatReport(found));
    }
  } finally {
    await stop();
  }
  process.stdout.write(`\n${formatReport(measures)}\n`);
  if (json !== null) await writeFile(json, `${JSON.stringify(measures, null, 2)}\n`);
  return measures.some(({ met }) => met === false) ? 1 : 0;
}

function readArguments(): { only: string[] | null; json: string | null; full: boolean } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'string' },
      full: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',') ?? null;
  const unknown = only?.filter((name) => !(name in sections)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--only: ${unknown.join(', ')} is none of ${Object.keys(sections).join(', ')}`);
  return { only, json: values.json ?? null, full: values.full };
}

main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  });
