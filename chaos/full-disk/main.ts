import { parseArgs } from 'node:util';
import { fail } from '../../src/config/fail';
import { SmallDisk } from './small-disk';
import { fillUnderCalls } from './trial';

/** Beside the databases as they begin there is room for a hundred megabytes. */
const defaultMegabytes = '400';
/** mongod writes its files once a minute, and ends when it cannot. */
const defaultSeconds = '150';

/** `npm run chaos:full-disk [-- --seconds 150] [--megabytes 400]`: 1 when a call was lost or doubled. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: defaultSeconds },
      megabytes: { type: 'string', default: defaultMegabytes },
    },
  });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const disk = await SmallDisk.mount(Number(values.megabytes));
  try {
    const found = await fillUnderCalls(disk, Number(values.seconds) * 1_000, say);
    for (const [answer, count] of Object.entries(found.answers).sort()) say(`${answer}: ${count}`);
    say(
      `${found.calls} calls, slowest webhook ${Math.round(found.slowestMs)} ms; servers ended ${found.ended} times`,
    );
    for (const wrong of found.wrong) say(`WRONG: ${wrong}`);
    say(found.wrong.length === 0 ? 'No call was lost, none doubled.' : 'It does not hold.');
    return found.wrong.length === 0 ? 0 : 1;
  } finally {
    await disk.unmount();
  }
}

main()
  .then((code) => process.exit(code))
  .catch(fail);
