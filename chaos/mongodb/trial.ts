import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import { MongoClient } from 'mongodb';
import { eventually } from '../../test/support/eventually';
import { startOwnMongod } from '../../test/support/own-servers';
import { mongoOptions } from '../../test/support/servers';

/** What one kill did. */
export interface Trial {
  /** Writes that were acknowledged before the kill. */
  acknowledged: number;
  /** Of these, how many are gone after the start on the same data. */
  lost: number;
  /** Milliseconds from the first acknowledgement to the kill. */
  killedAfterMs: number;
  mongod: string;
}

/** As many at a time as webhooks that wait for the inbox. */
const writers = 8;

/**
 * Starts mongod as the embedded server does (a replica set of one member, journalled), writes as the bridge does
 * (`w: majority`, `j: true`), kills it with SIGKILL in the middle, starts it on the same data and counts what it forgot. Each
 * acknowledged write is an inserted document and an increment of a counter.
 *
 * @param dir holds the data; made anew for each trial by the caller.
 */
export async function killWhileWriting(dir: string, killedAfterMs: number): Promise<Trial> {
  const first = await startOwnMongod({ dir });
  const { port } = first;
  const acknowledged: number[] = [];
  let counted = 0;
  try {
    const client = await connect(first.uri);
    const { events, counters } = collections(client);
    await counters.insertOne({ _id: 'total', value: 0 });
    let next = 0;
    const write = async (): Promise<void> => {
      for (;;) {
        const id = next++;
        await events.insertOne({ _id: id });
        acknowledged.push(id);
        await counters.updateOne({ _id: 'total' }, { $inc: { value: 1 } });
        counted += 1;
      }
    };
    const writing = Promise.allSettled(Array.from({ length: writers }, write));
    // From the first acknowledgement on: a trial without any would prove nothing.
    await eventually(() => counted > 0, 'a write is acknowledged');
    await sleep(killedAfterMs);
    first.kill('SIGKILL');
    await first.exited;
    // A write in flight never ends well now, so that the lanes end.
    await client.close(true);
    await writing;
  } finally {
    if (first.exit === null) await first.stop();
  }

  const second = await startOwnMongod({ dir, port });
  try {
    const client = await connect(second.uri);
    const { events, counters } = collections(client);
    const kept = new Set((await events.find().toArray()).map(({ _id }) => _id));
    const total = (await counters.findOne({ _id: 'total' }))?.value ?? 0;
    const { version } = (await client.db('admin').command({ buildInfo: 1 })) as { version: string };
    await client.close();
    const lost = acknowledged.filter((id) => !kept.has(id)).length + Math.max(0, counted - total);
    return { acknowledged: acknowledged.length + counted, lost, killedAfterMs, mongod: version };
  } finally {
    await second.stop();
  }
}

function connect(uri: string): Promise<MongoClient> {
  const options = {
    w: 'majority',
    journal: true,
    retryWrites: false,
    serverSelectionTimeoutMS: 20_000,
  } as const;
  return new MongoClient(uri, { ...mongoOptions, ...options }).connect();
}

function collections(client: MongoClient): {
  events: Collection<{ _id: number }>;
  counters: Collection<{ _id: string; value: number }>;
} {
  const db = client.db('trial');
  return { events: db.collection('events'), counters: db.collection('counters') };
}
