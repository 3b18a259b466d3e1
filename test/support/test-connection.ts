import type { Connection, ConnectionInput } from '../../src/domain/connection';
import { connectionInputSchema } from '../../src/domain/connection';

/** A connection for tests: its PBX at `baseUrl` with the client `bridge`, everything else by default. */
export function testConnection(
  baseUrl: string,
  threecx: Partial<ConnectionInput['threecx']> = {},
  id = 'office',
): Connection {
  const input = connectionInputSchema.parse({
    threecx: {
      baseUrl,
      auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: 'good-secret' },
      ...threecx,
    },
    bitrix24: { auth: { kind: 'webhook', url: 'https://portal.example.com/rest/1/hook/' } },
    rules: { fallbackUserId: 1 },
  });
  return { ...input, id, webhookTokens: ['webhook-token'] };
}
