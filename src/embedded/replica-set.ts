import { randomBytes } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Db } from 'mongodb';
import { MongoServerError } from 'mongodb';
import { placeFile } from '../place-file';

/** Of data that were made before each folder had a name of its own. */
const oldName = 'bridge';
const nameFile = 'replica-set-name';

/**
 * Name of the replica set whose data are in a folder; a new folder gets one that no other has. While our server is away
 * another one may come up on its port, that of a second bridge for instance: by the name the driver knows that it is not ours.
 *
 * @param dbPath exists. The name is kept in it, because mongod writes it into the data files, too.
 */
export async function replicaSetNameOf(dbPath: string): Promise<string> {
  const file = path.join(dbPath, nameFile);
  const known = await readFile(file, 'utf8').catch(() => null);
  if (known !== null) return known.trim();
  const hasData = await access(path.join(dbPath, 'WiredTiger')).then(
    () => true,
    () => false,
  );
  if (hasData) return oldName;
  const name = `bridge-${randomBytes(6).toString('hex')}`;
  await placeFile(`${name}\n`, file);
  return name;
}

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
 * @param name of the set, see `replicaSetNameOf`.
 * @param host `host:port` under which the member is reached.
 */
export async function steerReplicaSet(admin: Db, name: string, host: string): Promise<boolean> {
  const hello = await admin.command({ hello: 1 });
  if (hello.isWritablePrimary === true && hello.me === host) return true;
  const config = await currentConfig(admin);
  if (config === null)
    await admin.command({
      replSetInitiate: { _id: name, members: [{ _id: 0, host }] },
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
