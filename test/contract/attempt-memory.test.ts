import { randomBytes, randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { AttemptMemory } from '../../src/activities/attempt-memory';
import { notYet } from '../../src/activities/failures';
import { PeerError } from '../../src/domain/peer-error';
import { parseDataKeys } from '../../src/store';
import { dataConverterWith } from '../../src/worker/data-converter';
import { EncryptingPayloadCodec } from '../../src/worker/payload-codec';
import { temporalAddress } from '../support/servers';
import { attempts } from './portal-lab';

interface Memory {
  userId: number;
}

const detail = { reason: 'portal-budget', mend: 'Wait.' };
const peerError = (reaction: 'not-yet' | 'ambiguous'): PeerError =>
  new PeerError('bitrix24', reaction, 'x', { mend: 'x' });

/** One attempt that fails, in one of the ways in which attempts fail. */
async function failing(round: number, write?: 'not-yet' | 'ambiguous' | 'crash'): Promise<boolean> {
  const memory = new AttemptMemory<Memory>(round);
  const { earlierMayHaveWritten } = memory;
  if (write === 'crash') return earlierMayHaveWritten;
  if (write !== undefined) await memory.write(() => Promise.reject(peerError(write))).catch(() => undefined);
  memory.failed(peerError('not-yet'));
  return earlierMayHaveWritten;
}

describe('what the attempts of a step know of each other', () => {
  it('is that nothing was written, as long as every one of them proved it', async () => {
    const tries = attempts();
    expect(await tries.next(() => failing(0))).toBe(false);
    expect(await tries.next(() => failing(0, 'not-yet'))).toBe(false);
    expect(await tries.next(() => failing(0, 'ambiguous'))).toBe(false);
    expect(await tries.next(() => failing(0))).toBe(true);
    expect(await tries.next(() => failing(0))).toBe(true);
  });

  it('is not that when a worker died in between', async () => {
    const tries = attempts();
    await tries.next(() => failing(0));
    await tries.next(() => failing(0, 'crash'));
    expect(await tries.next(() => failing(0))).toBe(true);
  });

  it('is not that after a burst of attempts whose memory is gone', async () => {
    const tries = attempts();
    expect(await tries.next(() => failing(1))).toBe(true);
    expect(await tries.next(() => failing(1))).toBe(true);
  });

  it('reaches the next attempt on a real server, on which an attempt fails right after it noted something', async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const address = temporalAddress();
    const connection = await NativeConnection.connect({ address });
    // Payloads are encrypted as in production: what is noted is sealed on its way.
    const dataConverter = dataConverterWith(
      new EncryptingPayloadCodec(parseDataKeys(randomBytes(32).toString('base64'))),
    );
    const client = new Client({ connection: await Connection.connect({ address }), dataConverter });
    const taskQueue = `test-${randomUUID()}`;
    const seen: string[] = [];
    const worker = await Worker.create({
      connection,
      taskQueue,
      dataConverter,
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: require.resolve('./one-step-workflow'),
        logger: new DefaultLogger('ERROR'),
      }),
      activities: {
        step: async () => {
          const memory = new AttemptMemory<Memory>(0);
          seen.push(`${memory.recalled.userId ?? '-'} ${memory.earlierMayHaveWritten}`);
          const { attempt } = Context.current().info;
          if (attempt === 4) return seen;
          memory.note({ userId: attempt });
          throw memory.failed(notYet(detail, { delayMs: 1 }));
        },
      },
    });
    const result = await worker.runUntil(
      client.workflow.execute('oneStep', {
        taskQueue,
        workflowId: taskQueue,
        workflowExecutionTimeout: '1 minute',
      }),
    );
    expect(result).toEqual(['- false', '1 false', '2 false', '3 false']);
    await client.connection.close();
    await connection.close();
  });
});
