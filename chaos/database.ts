import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';

/** How often the bridge's count of requests to the portal is set back. */
const liftEveryMs = 400;

/** What a run does to the bridge's database from outside, past the proxies. */
export class Database {
  private readonly client: MongoClient;
  private lifting: NodeJS.Timeout | undefined;

  constructor(uri: string) {
    this.client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000 });
  }

  /** The bridge's database. */
  get db(): Db {
    return this.client.db();
  }

  /**
   * Keeps our own budget of the portal empty, as if the portal had no limit: in a long run it would be the bottleneck. It
   * is asked at its usual price, and blocks that the portal orders stay.
   */
  liftBudget(): void {
    this.lifting = setInterval(() => {
      // While mongod is away there is nothing to lift.
      this.db
        .collection('budget')
        .updateMany({}, { $set: { level: 0 }, $unset: { turns: '' } }, { timeoutMS: 2_000 })
        .catch(() => undefined);
    }, liftEveryMs);
  }

  /** Every index, as `collection.name`. */
  async indexes(): Promise<string[]> {
    const found: string[] = [];
    for (const { name } of await this.db.listCollections({ type: 'collection' }).toArray())
      for (const index of await this.db.collection(name).indexes())
        if (index.name !== '_id_') found.push(`${name}.${index.name}`);
    return found;
  }

  /** Drops every index; answers which there were. */
  async dropIndexes(): Promise<string[]> {
    const before = await this.indexes();
    for (const name of new Set(before.map((index) => index.slice(0, index.indexOf('.')))))
      await this.db.collection(name).dropIndexes();
    return before;
  }

  async close(): Promise<void> {
    clearInterval(this.lifting);
    await this.client.close();
  }
}
