import { setTimeout as pause } from 'node:timers/promises';
import type { FaultKind, FaultRun } from './kind';

const editsWhileKilled = 40;

/** One mapping after the other is edited while mongod is killed: what was acknowledged must be there afterwards. */
async function killUnderEdits({ lab, random, within }: FaultRun): Promise<number> {
  const { editor } = lab;
  let over = false;
  const editing = (async (): Promise<void> => {
    for (let count = 0; count < editsWhileKilled && !over; count += 1) await editor.edit(random);
  })();
  const before = editor.done;
  await within(() => editor.done > before);
  await pause(100 + random() * 900);
  await lab.servers.kill('mongod');
  lab.kills.push({ target: 'mongod', inFlight: true });
  await pause(200 + random() * 800);
  await lab.servers.restart('mongod');
  over = true;
  await editing;
  await within(() => lab.slots.every((slot) => slot.isReady));
  return editor.done > before ? 1 : 0;
}

/** The answer to an edit is lost; the admin repeats it with the same If-Match. */
async function loseEditAnswer({ lab, random }: FaultRun): Promise<number> {
  const { editor, edges } = lab;
  return edges.admin.during({ kind: 'cut-answer', afterBytes: 10, times: 1 }, () =>
    editor.editTwice(random, `http://${edges.admin.address}`),
  );
}

/** Two admins write one mapping from the same state: one of them must be told. */
async function editAtOnce({ lab, random }: FaultRun): Promise<number> {
  return (await lab.editor.race(random)) ? 1 : 0;
}

/** Everything of ours is stopped, the indexes are dropped, and it starts again. */
async function dropIndexes({ lab }: FaultRun): Promise<number> {
  await Promise.all(lab.slots.map((slot) => slot.down('SIGTERM')));
  const before = await lab.database.dropIndexes();
  for (const slot of lab.slots) slot.up();
  await lab.allReady();
  const after = new Set(await lab.database.indexes());
  for (const index of before.filter((one) => !after.has(one)))
    lab.complaints.push({
      kind: 'edit',
      subject: index,
      detail: 'the index was not made again at the start',
    });
  return before.length;
}

/** What happens to edits of mappings, and to what stands in MongoDB. */
export const adminFaults: FaultKind[] = [
  {
    ...{ name: 'mongod-killed-under-edits', matrix: 'F22', lane: 'kills', target: 'mongod', quick: true },
    what: 'kill -9 of mongod while mappings are edited: acknowledged edits and their audit rows survive, one to one',
    run: killUnderEdits,
  },
  {
    ...{ name: 'edit-answer-lost', matrix: 'F25', lane: 'admin', quick: true },
    what: 'the answer to an edit is lost and the edit repeated with the same If-Match: one change, one audit row',
    run: loseEditAnswer,
  },
  {
    ...{ name: 'edits-at-once', matrix: 'F26', lane: 'admin', quick: true },
    what: 'two admins write one mapping from the same state: one is refused, no update is lost',
    run: editAtOnce,
  },
  {
    ...{ name: 'indexes-dropped', matrix: 'F27', lane: 'kills', target: 'api' },
    what: 'everything of ours stopped, all indexes of MongoDB dropped: the next start makes them again',
    run: dropIndexes,
  },
];
