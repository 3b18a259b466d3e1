import { mayHaveCallLog } from './call-log-access';
import type { Connection } from './connection';

const client = { kind: 'client-credentials', clientId: 'c', clientSecret: 's' } as const;
const user = { kind: 'user', username: 'u', password: 'p' } as const;
const token = { kind: 'token', token: 't' } as const;

it.each<[Connection['threecx']['auth'], Connection['threecx']['recordings'], boolean]>([
  [client, 'xapi', true],
  [client, 'folder', true],
  [user, 'off', true],
  [user, 'console', false],
  [token, 'xapi', true],
  [token, 'by-call-id', false],
])('%p with recordings by %s: %p', (auth, recordings, expected) => {
  const threecx = { baseUrl: 'https://pbx.example.com', auth, recordings } as Connection['threecx'];
  expect(mayHaveCallLog({ threecx })).toBe(expected);
});
