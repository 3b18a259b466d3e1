import { mkdir, writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { MongoClient } from 'mongodb';
import { eventually } from '../../test/support/eventually';
import { mongodBinary, startOwnMongod, startOwnTemporal } from '../../test/support/own-servers';
import { mongoOptions } from '../../test/support/servers';
import { processesNaming } from '../../test/support/processes';
import type { CallEvent } from '../domain/call-event';
import { searchAttributeNames, startAttributes } from '../workflows/search-attributes';
import type { TempDir } from '../../test/support/temp-dir';
import { tempDir } from '../../test/support/temp-dir';
import type { EmbeddedLog } from '.';
import { freePort, startEmbedded, startMongodServer, startTemporalServer } from '.';
import type { GuardedProcess } from './guarded-process';
import { replicaSetNameOf } from './replica-set';

// Several servers start and stop in each test.
jest.setTimeout(120_000);

let dir: TempDir;
const running: GuardedProcess[] = [];
const kept = <S extends GuardedProcess>(server: S): S => {
  running.push(server);
  return server;
};

beforeEach(async () => (dir = await tempDir()));
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await dir.remove();
});

async function withMongo<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await new MongoClient(uri, mongoOptions).connect();
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

async function withTemporal<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

describe('the embedded mongod', () => {
  it('takes transactions, and keeps what was acknowledged when it is killed and comes back on another port', async () => {
    const first = kept(await startOwnMongod({ dir: dir.path }));
    await withMongo(first.uri, async (client) => {
      const calls = client.db().collection('calls');
      await client.withSession((session) =>
        session.withTransaction(async () => {
          await calls.insertOne({ call: 1 }, { session });
          await calls.insertOne({ call: 2 }, { session });
        }),
      );
      expect(client.db().databaseName).toBe('bridge');
    });
    first.kill('SIGKILL');
    expect((await first.exited).signal).toBe('SIGKILL');

    const second = kept(await startOwnMongod({ dir: dir.path }));
    expect(second.port).not.toBe(first.port);
    await withMongo(second.uri, async (client) => {
      expect(await client.db().collection('calls').countDocuments()).toBe(2);
      await client.withSession((session) =>
        session.withTransaction(async () => {
          await client.db().collection('calls').insertOne({ call: 3 }, { session });
        }),
      );
    });
  });

  it('leaves a server alone that took its port at the last moment', async () => {
    const port = await freePort();
    const foreign = `${dir.path}/foreign`;
    const binary = `${dir.path}/late`;
    const command = `mkdir ${foreign}; ${await mongodBinary()} --dbpath ${foreign} --port ${port} --bind_ip 127.0.0.1`;
    await writeFile(binary, `#!/bin/sh\n(${command}) >/dev/null 2>&1 &\nexec sleep 60\n`, { mode: 0o755 });
    const late = startMongodServer({
      binary,
      dbPath: `${dir.path}/own`,
      port,
      logFile: `${dir.path}/late.log`,
    });
    await expect(late).rejects.toMatchObject({
      portTaken: true,
      message: expect.stringContaining(`another mongod answers on port ${port}`),
    });
    const others = await processesNaming(foreign);
    expect(others.length).toBeGreaterThan(0);
    await withMongo(`mongodb://127.0.0.1:${port}/?directConnection=true`, async (client) => {
      await expect(client.db('admin').command({ replSetGetConfig: 1 })).rejects.toThrow();
    });
    for (const { pid } of others) process.kill(pid, 'SIGKILL');
    await eventually(async () => (await processesNaming(foreign)).length === 0, 'the other server is gone');
  });

  it('is not mistaken for the one of another folder that comes up on its port while it is away', async () => {
    const first = kept(await startOwnMongod({ dir: dir.path }));
    const { port } = first;
    const ours = new MongoClient(first.uri, { ...mongoOptions, serverSelectionTimeoutMS: 3_000 });
    const find = (): Promise<unknown> => ours.db().collection('calls').findOne({ call: 1 });
    let watched = false;
    ours.on('serverHeartbeatStarted', ({ awaited }) => (watched ||= awaited));
    try {
      await ours.db().collection('calls').insertOne({ call: 1 });
      // From its second look on the driver notices at once when a server goes away.
      await eventually(() => watched, 'the driver watches');
      first.kill('SIGKILL');
      await first.exited;
      const other = await startOwnMongod({ dir: `${dir.path}/other`, port });
      await expect(find()).rejects.toThrow(/selection timed out|selection failed/i);
      await other.stop();
      kept(await startOwnMongod({ dir: dir.path, port }));
      await eventually(async () => (await find()) !== null, 'ours is found again');
    } finally {
      await ours.close();
    }
  });

  it('keeps the name of its replica set in data that were made when all had the same', async () => {
    const first = kept(await startOwnMongod({ dir: dir.path }));
    const nameOf = ({ uri }: { uri: string }): string | null => new URL(uri).searchParams.get('replicaSet');
    expect(nameOf(first)).toMatch(/^bridge-[0-9a-f]{12}$/);
    await first.stop();
    const again = kept(await startOwnMongod({ dir: dir.path }));
    expect(nameOf(again)).toBe(nameOf(first));
    await mkdir(`${dir.path}/old`);
    await writeFile(`${dir.path}/old/WiredTiger`, '');
    expect(await replicaSetNameOf(`${dir.path}/old`)).toBe('bridge');
  });

  it('stops within seconds', async () => {
    const server = kept(await startOwnMongod({ dir: dir.path }));
    const startedAt = Date.now();
    await server.stop();
    expect(server.exit?.code).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });
});

describe('the embedded Temporal', () => {
  it('keeps its workflows on its file when it is killed and started again on the same port', async () => {
    const dbFile = `${dir.path}/temporal/temporal.db`;
    const first = kept(await startOwnTemporal({ dir: dir.path, dbFile }));
    await withTemporal(first.address, (client) =>
      client.workflow.start('anything', { workflowId: 'w1', taskQueue: 'nobody' }),
    );
    first.kill('SIGKILL');
    await first.exited;

    const second = kept(await startOwnTemporal({ dir: dir.path, dbFile, port: first.port }));
    await withTemporal(second.address, async (client) => {
      expect((await client.workflow.getHandle('w1').describe()).status.name).toBe('RUNNING');
      const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
    });
  });

  it('finds calls by their attributes from its first moment', async () => {
    const dbFile = `${dir.path}/temporal/temporal.db`;
    const { address } = kept(await startOwnTemporal({ dir: dir.path, dbFile }));
    await withTemporal(address, async (client) => {
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(searchAttributeNames));
      const told = { event: 'call-answered', extension: '101' } as CallEvent;
      await client.workflow.start('call', {
        workflowId: 'w1',
        taskQueue: 'nobody',
        typedSearchAttributes: startAttributes('office', told),
      });
      const found = async (): Promise<boolean> => {
        for await (const { workflowId } of client.workflow.list({
          query: 'Connection = "office" AND Extension = "101" AND CallState = "open"',
        }))
          return workflowId === 'w1';
        return false;
      };
      await eventually(found, 'the call is listed');
    });
  });

  it('says why it cannot start, with the last lines of its log', async () => {
    const dbFile = `${dir.path}/temporal.db`;
    await writeFile(dbFile, 'no database'.repeat(1_000));
    const spoilt = startOwnTemporal({ dir: dir.path, dbFile, port: await freePort() });
    await expect(spoilt).rejects.toThrow(
      /ended before it was ready \(code 1\).*temporal\.log:\n.*not a database/s,
    );
  });

  it('does not take another server on its port for itself', async () => {
    const { port } = kept(await startOwnTemporal({ dir: dir.path }));
    const again = startOwnTemporal({ dir: `${dir.path}/again`, port });
    await expect(again).rejects.toMatchObject({
      portTaken: true,
      message: expect.stringContaining(`port ${port}`),
    });
  });

  it('is given up after a bounded time when it never gets ready', async () => {
    const binary = `${dir.path}/never-ready`;
    await writeFile(binary, '#!/bin/sh\necho I only sleep\nexec sleep 60\n', { mode: 0o755 });
    const port = await freePort();
    const logFile = `${dir.path}/sleep.log`;
    const hung = startTemporalServer({ binary, dbFile: null, port, uiPort: null, logFile, timeoutMs: 1_000 });
    await expect(hung).rejects.toThrow(/was not ready within 1 s.*\nI only sleep$/s);
    expect(await processesNaming(dir.path)).toEqual([]);
  });
});

describe('both together', () => {
  const messages: string[] = [];
  const note = (...parts: unknown[]): number => messages.push(String(parts.at(-1)));
  const log = { info: note, warn: note } as unknown as EmbeddedLog;
  // Not the usual ports: other servers on this machine may want those.
  beforeEach(async () => {
    const ports = { temporal: await freePort(), ui: await freePort(), mongodb: await freePort() };
    await writeFile(`${dir.path}/ports.json`, JSON.stringify(ports));
  });
  const start = (): ReturnType<typeof startEmbedded> =>
    startEmbedded({
      dataDir: dir.path,
      temporal: true,
      mongodb: true,
      codecEndpoint: 'http://127.0.0.1:9/codec',
      log,
    });

  it('come back on their ports after a crash, and after a restart of the whole', async () => {
    const first = await start();
    try {
      const servers = (await processesNaming(dir.path)).filter(
        (seen) => !seen.command.includes('guardian.mjs'),
      );
      expect(servers).toHaveLength(2);
      for (const { pid } of servers) process.kill(pid, 'SIGKILL');
      await eventually(
        () => messages.filter((message) => message.endsWith('is back')).length >= 2,
        'both are back',
        30_000,
      );
      await withMongo(first.mongodb!.uri, (client) => client.db().collection('x').insertOne({ a: 1 }));
      await withTemporal(first.temporal!.address, (client) => client.workflowService.getSystemInfo({}));
    } finally {
      await first.stop();
    }
    const second = await start();
    try {
      expect(second.temporal?.address).toBe(first.temporal?.address);
      expect(second.mongodb?.uri).toBe(first.mongodb?.uri);
      expect(second.temporal?.uiUrl).toBe(first.temporal?.uiUrl);
    } finally {
      await second.stop();
    }
    expect(await processesNaming(dir.path)).toEqual([]);

    await writeFile(`${dir.path}/temporal/cli-version`, '0.1.0\n');
    await (await start()).stop();
    expect(messages.join()).toMatch(/made by Temporal CLI 0\.1\.0 and is not migrated/);
  });

  it('show a UI that has payloads decoded with the cookie of the log-in', async () => {
    const embedded = await start();
    try {
      const settings = (await (await fetch(`${embedded.temporal?.uiUrl}/api/v1/settings`)).json()) as object;
      expect(settings).toMatchObject({
        Codec: { Endpoint: 'http://127.0.0.1:9/codec', IncludeCredentials: true },
      });
      const page = await fetch(`${embedded.temporal?.uiUrl}/namespaces/default/workflows`);
      expect(await page.text()).toContain('<html');
    } finally {
      await embedded.stop();
    }
  });
});
