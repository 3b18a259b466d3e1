import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { TemporalServer } from '../../src/embedded';
import { startOwnTemporal } from '../support/own-servers';
import type { Lab } from './lab';

/** A Temporal server of one lab alone, on a file, to be killed and started again. */
export class LabTemporal {
  private constructor(
    private readonly lab: Lab,
    private server: TemporalServer,
  ) {}

  /** Starts it for the processes of the lab to come. */
  static async start(lab: Lab): Promise<LabTemporal> {
    const server = await startOn(lab);
    lab.useTemporal(server.address);
    return new LabTemporal(lab, server);
  }

  async kill(): Promise<void> {
    this.server.kill('SIGKILL');
    await this.server.exited;
  }

  /** On the same port and, unless it is lost, on the same database. */
  async startAgain({ databaseLost = false } = {}): Promise<void> {
    if (databaseLost)
      for (const suffix of ['', '-wal', '-shm']) await rm(databaseOf(this.lab) + suffix, { force: true });
    this.server = await startOn(this.lab, this.server.port);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

function databaseOf(lab: Lab): string {
  return path.join(lab.dataDir, 'own-temporal.db');
}

function startOn(lab: Lab, port?: number): Promise<TemporalServer> {
  return startOwnTemporal({ dir: lab.dataDir, dbFile: databaseOf(lab), port });
}
