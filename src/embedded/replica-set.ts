import type { Db } from 'mongodb';
import { MongoServerError } from 'mongodb';

/** Name of the embedded replica set; fixed, because it is written into the data files. */
export const replicaSetName = 'bridge';

interface ReplicaSetConfig {
  _id: string;
  version: number;
  members: { _id: number; host: string }[];
  [more: string]: unknown;
}

/** MongoDB's error codes of a member that was never told which set it is in, or is no longer in it. */
const notYetInitialized = 94;
const invalidReplicaSetConfig = 93;

/**
 * Brings a lone mongod one step nearer to being the primary of its set: makes the set, or tells it the address it has
 * now. Call it until it answers true.
 *
 * @param host `host:port` under which the member is reached.
 */
export async function steerReplicaSet(admin: Db, host: string): Promise<boolean> {
  const hello = await admin.command({ hello: 1 });
  if (hello.isWritablePrimary === true && hello.me === host) return true;
  const config = await currentConfig(admin);
  if (config === null)
    await admin.command({
      replSetInitiate: { _id: replicaSetName, members: [{ _id: 0, host }] },
    });
  else if (config.members.length !== 1 || config.members[0]?.host !== host)
    await admin.command({
      replSetReconfig: { ...config, version: config.version + 1, members: [{ _id: 0, host }] },
      force: true,
    });
  return false;
}

async function currentConfig(admin: Db): Promise<ReplicaSetConfig | null> {
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 });
    return config as ReplicaSetConfig;
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    if (error.code === notYetInitialized) return null;
    if (error.code !== invalidReplicaSetConfig) throw error;
    // A member that is not in its own set answers no commands about it; the stored configuration still tells.
    const stored = await admin.client.db('local').collection('system.replset').findOne<ReplicaSetConfig>({});
    return stored;
  }
}
