import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fail } from '../src/config/fail';
import { startStandIns } from './demo/stand-ins';

/** `npm run simulate`: the stand-in 3CX and Bitrix24 alone, at ports that stay the same. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'pbx-port': { type: 'string', default: '5481' },
      'portal-port': { type: 'string', default: '5482' },
    },
  });
  const standIns = await startStandIns({
    pbx: Number(values['pbx-port']),
    portal: Number(values['portal-port']),
  });
  const { pbx, portal } = standIns;
  const { clientId, clientSecret } = pbx.control.apiClient;
  const connection = {
    webhookTokens: [randomBytes(18).toString('base64url')],
    threecx: { baseUrl: pbx.url, auth: { kind: 'client-credentials', clientId, clientSecret } },
    bitrix24: { auth: { kind: 'webhook', url: portal.webhookUrl } },
    rules: { fallbackUserId: 1 },
  };
  process.stdout.write(`
  Stand-in 3CX       ${pbx.url}
  Stand-in Bitrix24  ${portal.url}

Each shows what happens in it. A connection to both, for PUT /api/v1/connections/{name}:

${JSON.stringify(connection, null, 2)}

Ctrl-C ends both.
`);
  const stop = (): void => void standIns.close().then(() => process.exit(0));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

main().catch(fail);
