import { open } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import type { CallToFind, Evidence, Leak, SeenRow, SeenWorkflow } from './evidence';
import { callToFind, soundSha256 } from './expected';
import type { ChaosLab } from './lab';
import { LeakSearch } from './leaks';
import type { PlayedCall, Sender } from './sender';

/** Files are looked through in pieces: the database of a long run is longer than a string may be. */
const pieceBytes = 16 * 1024 ** 2;
const documentsAtOnce = 500;
/** Every one of them means another look through everything. */
const mostTokens = 8;

/** Finds out what must be found, each call once: the sound of thousands of recordings takes its time. */
export class ExpectedCalls {
  private readonly known = new Map<PlayedCall, CallToFind[]>();

  constructor(
    private readonly lab: ChaosLab,
    private readonly sender: Sender,
  ) {}

  /** The calls that must be found, from what the PBX played until now. */
  list(): CallToFind[] {
    const logged = new Set(
      this.lab.pbx.control.calls.filter(({ legs }) => legs.length > 0).map(({ historyId }) => historyId),
    );
    return this.sender.played.flatMap((one) => {
      let calls = this.known.get(one);
      if (calls === undefined) this.known.set(one, (calls = this.find(one, logged)));
      return calls;
    });
  }

  private find({ planned, played, cleanFromMs }: PlayedCall, logged: ReadonlySet<string>): CallToFind[] {
    const { lab } = this;
    const context = {
      cleanFromMs,
      dismissed: lab.dismissedFor.get(planned.caller),
      deliveries: played.deliveries,
      isLogged: (historyId: string) => logged.has(historyId),
      readRecording: (id: number) => lab.pbx.control.readRecording(id),
    };
    return played.calls.map((call) => callToFind(call, context)).filter((call) => call !== null);
  }
}

/** Workflows of calls that are not completed, as Temporal lists them: those that run, or all. */
export async function listUnfinished(lab: ChaosLab, which: 'running' | 'all'): Promise<SeenWorkflow[]> {
  const status = which === 'running' ? "= 'Running'" : "!= 'Completed'";
  const found: SeenWorkflow[] = [];
  await withTemporal(lab, async (client) => {
    const query = `WorkflowType = 'call' AND ExecutionStatus ${status}`;
    for await (const { workflowId, status: seen } of client.workflow.list({ query }))
      found.push({ workflowId, status: wordOf(seen) });
  });
  return found;
}

/** How many workflows of calls there are, open or closed. */
export async function countWorkflows(lab: ChaosLab): Promise<number> {
  let total = 0;
  await withTemporal(lab, async (client) => {
    total = (await client.workflow.count("WorkflowType = 'call'")).count;
  });
  return total;
}

const wordOf = (status: WorkflowExecutionInfo['status']): string => status.name;

/** Asks the Temporal server itself, past the proxies. */
export async function withTemporal(lab: ChaosLab, ask: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address: lab.servers.temporal.address });
  try {
    await ask(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** What the portal shows, recordings read. */
export async function seenInPortal({
  portal,
}: ChaosLab): Promise<Pick<Evidence, 'rows' | 'activityCallIds' | 'openRegistrations' | 'leadNumbers'>> {
  const { control } = portal;
  const files = new Map(control.files.map((file) => [file.id, file]));
  const rows: SeenRow[] = [];
  for (const row of control.statistics) {
    const { callId, externalCallId, userId, number, lineNumber, type, statusCode, durationSeconds } = row;
    const file = row.recordFileId === null ? undefined : files.get(row.recordFileId);
    rows.push({
      ...{ callId, externalCallId, userId, number, lineNumber, type, statusCode, durationSeconds },
      startedAtMs: row.startedAt,
      finishedAtMs: row.finishedAt,
      recordingSha256: file === undefined ? null : soundSha256([await control.readFile(file.id)]),
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

/** Looks through everything that is written down outside the sealed fields: logs, metrics, documents, Temporal's database. */
export async function findLeaks(lab: ChaosLab, calls: readonly CallToFind[]): Promise<Leak[]> {
  const search = new LeakSearch(secretsOf(lab), calls);
  for (const { name, past } of lab.slots)
    for (const { output } of past) search.look(`log of ${name}`, output);
  for (const { name, current } of lab.apis) {
    const answer = await fetch(`${current!.url}/metrics`);
    search.look(`metrics of ${name}`, await answer.text());
  }
  for (const file of ['temporal.log', 'temporal.db', 'temporal.db-wal', 'mongod.log'])
    await lookThroughFile(search, file, path.join(lab.dir, file));
  await lookThroughDatabase(search, lab);
  return search.leaks;
}

async function lookThroughFile(search: LeakSearch, where: string, file: string): Promise<void> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return;
  try {
    const buffer = Buffer.alloc(pieceBytes);
    const step = pieceBytes - search.longest;
    for (let at = 0; ; at += step) {
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes, at);
      search.look(where, buffer.toString('latin1', 0, bytesRead));
      if (bytesRead < pieceBytes) return;
    }
  } finally {
    await handle.close();
  }
}

async function lookThroughDatabase(search: LeakSearch, { database: { db } }: ChaosLab): Promise<void> {
  for (const { name } of await db.listCollections({ type: 'collection' }).toArray()) {
    let texts: string[] = [];
    const look = (): void => {
      search.look(`collection ${name}`, texts.join('\n'));
      texts = [];
    };
    for await (const document of db.collection(name).find())
      if (texts.push(JSON.stringify(document)) === documentsAtOnce) look();
    look();
  }
}

/** What may stand in none of the texts. */
function secretsOf(lab: ChaosLab): Record<string, string> {
  return {
    'the webhook token': lab.webhookToken,
    'the admin key': lab.adminKey,
    'the API secret of the PBX': lab.pbx.control.apiClient.clientSecret,
    'the secret of the application': lab.portal.control.application.clientSecret,
    ...Object.fromEntries(
      lab.tokensGiven.slice(0, mostTokens).map((token, index) => [`token ${index} of the portal`, token]),
    ),
    // How every JWT begins.
    'an access token of the PBX': 'eyJhbGciOi',
  };
}
