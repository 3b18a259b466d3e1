import type { Connection } from './connection';

/**
 * Whether it is worth while to ask for the call log. A fixed token belongs to whatever serves the recordings; only with
 * `recordings: xapi` is it one of 3CX's Configuration API. A client or user can log in, so it has that API or says
 * that it is missing. `console` is a v18, which has none.
 */
export function mayHaveCallLog({ threecx: { auth, recordings } }: Pick<Connection, 'threecx'>): boolean {
  return recordings !== 'console' && (auth.kind !== 'token' || recordings === 'xapi');
}
