import path from 'node:path';
import type { MongodServer, TemporalServer } from '../src/embedded';
import { freePort } from '../src/embedded';
import { startOwnMongod, startOwnTemporal } from '../test/support/own-servers';

export type ServerName = 'temporal' | 'mongod';

/** The Temporal server and mongod of a run, each to be killed and started again on the same data and port. */
export class OwnServers {
  private constructor(
    private readonly dir: string,
    public temporal: TemporalServer,
    public mongod: MongodServer,
  ) {}

  /** Starts both. */
  static async start(dir: string): Promise<OwnServers> {
    const temporal = await startOwnTemporal({ dir, dbFile: path.join(dir, 'temporal.db') });
    const mongod = await startOwnMongod({ dir, port: await freePort() });
    return new OwnServers(dir, temporal, mongod);
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(name: ServerName): Promise<void> {
    this[name].kill('SIGKILL');
    await this[name].exited;
  }

  /** Starts one again that was killed; one that runs is left alone. */
  async restart(name: ServerName): Promise<void> {
    const { dir } = this;
    if (this[name].exit === null) return;
    if (name === 'temporal')
      this.temporal = await startOwnTemporal({
        dir,
        dbFile: path.join(dir, 'temporal.db'),
        port: this.temporal.port,
      });
    else this.mongod = await startOwnMongod({ dir, port: this.mongod.port });
  }

  async stop(): Promise<void> {
    for (const server of [this.temporal, this.mongod]) server.kill('SIGCONT');
    await Promise.all([this.temporal.stop(), this.mongod.stop()]);
  }
}
