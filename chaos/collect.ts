import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { MongoClient } from 'mongodb';
import type { CallToFind, Evidence, SeenRow, SeenText, SeenWorkflow } from './evidence';
import { callToFind, soundSha256 } from './expected';
import type { ChaosLab } from './lab';
import type { Sender } from './sender';

/** The calls that must be found, from what the PBX played. */
export function expectedCalls(lab: ChaosLab, sender: Sender): CallToFind[] {
  return sender.played
    .flatMap(({ played, cleanFromMs }) =>
      played.calls.map((call) => callToFind(call, cleanFromMs, (id) => lab.pbx.control.readRecording(id))),
    )
    .filter((call) => call !== null);
}

/** The workflows of all calls, as Temporal lists them. */
export async function listWorkflows(lab: ChaosLab): Promise<SeenWorkflow[]> {
  const connection = await Connection.connect({ address: lab.servers.temporal.address });
  try {
    const found: SeenWorkflow[] = [];
    for await (const { workflowId, status } of new Client({ connection }).workflow.list({
      query: 'WorkflowType = "call"',
    }))
      found.push({ workflowId, status: status.name });
    return found;
  } finally {
    await connection.close();
  }
}

/** What the portal shows, recordings read. */
export async function seenInPortal({
  portal,
}: ChaosLab): Promise<Pick<Evidence, 'rows' | 'activityCallIds' | 'openRegistrations' | 'leadNumbers'>> {
  const { control } = portal;
  const rows: SeenRow[] = [];
  for (const row of control.statistics) {
    const { callId, externalCallId, userId, number, lineNumber, type, statusCode, durationSeconds } = row;
    rows.push({
      ...{ callId, externalCallId, userId, number, lineNumber, type, statusCode, durationSeconds },
      startedAtMs: row.startedAt,
      finishedAtMs: row.finishedAt,
      recordingSha256:
        row.recordFileId === null ? null : soundSha256([await control.readFile(row.recordFileId)]),
    });
  }
  return {
    rows,
    activityCallIds: control.activities.map(({ callId }) => callId),
    openRegistrations: control.openCalls.map(({ callId, externalCallId, number }) => ({
      callId,
      externalCallId,
      number,
    })),
    leadNumbers: control.createdLeads.map(({ phones }) => phones),
  };
}

/** Everything that is written down outside the sealed fields: logs, metrics, documents, Temporal's database. */
export async function seenTexts(lab: ChaosLab): Promise<SeenText[]> {
  const texts: SeenText[] = lab.slots.map(({ name, output }) => ({ where: `log of ${name}`, text: output }));
  for (const { name, current } of lab.apis) {
    const answer = await fetch(`${current!.url}/metrics`);
    texts.push({ where: `metrics of ${name}`, text: await answer.text() });
  }
  for (const file of ['temporal.log', 'temporal.db', 'temporal.db-wal', 'mongod.log']) {
    const text = await readFile(path.join(lab.dir, file), 'latin1').catch(() => '');
    texts.push({ where: file, text });
  }
  const client = await new MongoClient(lab.servers.mongod.uri).connect();
  try {
    const db = client.db();
    for (const { name } of await db.listCollections().toArray())
      texts.push({
        where: `collection ${name}`,
        text: JSON.stringify(await db.collection(name).find().toArray()),
      });
  } finally {
    await client.close();
  }
  return texts;
}

/** What may stand in none of the texts. */
export function secretsOf(lab: ChaosLab): Record<string, string> {
  return {
    'the webhook token': lab.webhookToken,
    'the admin key': lab.adminKey,
    'the API secret of the PBX': lab.pbx.control.apiClient.clientSecret,
    'the secret of the portal': lab.portal.control.webhook.secret,
    // How every JWT begins.
    'an access token of the PBX': 'eyJhbGciOi',
  };
}
