import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { StandIns } from '../../../simulators/demo/stand-ins';
import { lines, people, startStandIns } from '../../../simulators/demo/stand-ins';
import { BridgeProcess } from '../../support/bridge-process';

const firstCall = '00000000-01dc-5f00-7d55-a30000000029';

/** A bridge of its own with stand-ins for both peers, and what the fuzzer must know of it. */
export interface FuzzedServer {
  bridge: BridgeProcess;
  /** Environment of the fuzzer's hooks. */
  env: Record<string, string>;
  close(): Promise<void>;
}

/** Starts API, worker, Temporal and mongod on an empty folder, and fills in a small company. */
export async function startFuzzedServer(): Promise<FuzzedServer> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'bridge-fuzz-'));
  const peers = await startStandIns({ pbx: 0, portal: 0 });
  const { clientId, clientSecret } = peers.pbx.control.apiClient;
  const adminKey = randomBytes(18).toString('base64url');
  const webhookToken = randomBytes(18).toString('base64url');
  const bridge = await BridgeProcess.start({
    kind: 'all',
    readyMs: 180_000,
    env: {
      DATA_DIR: dataDir,
      ADMIN_API_KEY: adminKey,
      WEBHOOK_TOKEN: webhookToken,
      THREECX_URL: peers.pbx.url,
      THREECX_CLIENT_ID: clientId,
      THREECX_CLIENT_SECRET: clientSecret,
      BITRIX24_WEBHOOK_URL: peers.portal.webhookUrl,
      // Calls of which nobody tells the end are over in a minute, so that what they hold is no growth.
      WORKFLOW_TIME_SCALE: '1000',
      // So that the memory can be measured after a collection, see `resident-memory.ts`.
      NODE_OPTIONS: '--inspect-port=0',
    },
  });
  const close = async (): Promise<void> => {
    await bridge.stop();
    await peers.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await fillIn({ url: bridge.url, adminKey, webhookToken }, peers);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    bridge,
    env: {
      FUZZ_ADMIN_KEY: adminKey,
      FUZZ_WEBHOOK_TOKEN: webhookToken,
      FUZZ_PBX_URL: peers.pbx.url,
      FUZZ_PORTAL_URL: peers.portal.url,
      FUZZ_PORTAL_WEBHOOK_URL: peers.portal.webhookUrl,
      FUZZ_CALL_ID: firstCall,
    },
    close,
  };
}

/** The connection `default` gets people and lines, an application stands beside it, and one call is known. */
async function fillIn(
  { url, adminKey, webhookToken }: { url: string; adminKey: string; webhookToken: string },
  { pbx, portal }: StandIns,
): Promise<void> {
  const put = async (route: string, body: object): Promise<void> => {
    const answer = await fetch(`${url}/api/v1/connections/${route}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`PUT ${route}: ${answer.status} ${await answer.text()}`);
  };
  for (const { extension, userId, name } of people)
    await put(`default/extensions/${extension}`, { userId, name });
  for (const { did, ...line } of lines) await put(`default/lines/${did}`, line);
  const { clientId, clientSecret } = portal.control.application;
  await put('application', {
    threecx: { baseUrl: pbx.url, auth: { kind: 'token', token: 'x' }, recordings: 'off' },
    bitrix24: {
      auth: {
        kind: 'application',
        portalUrl: portal.url,
        tokenUrl: portal.tokenUrl,
        clientId,
        clientSecret,
      },
    },
    rules: { fallbackUserId: 1 },
  });
  const told = await fetch(`${url}/webhooks/3cx/default/call-started?callId=${firstCall}`, {
    headers: { 'x-webhook-token': webhookToken },
  });
  if (told.status !== 202) throw new Error(`The first webhook got ${told.status}`);
}
