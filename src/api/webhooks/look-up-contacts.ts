import type { Context } from 'koa';
import type { CrmContact } from '../../threecx/crm-template';
import { SentFields } from '../../threecx/dialects/sent-fields';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import { authorise, findConnection } from './authorise';
import { fieldsOf, rawQuery, readContent } from './content';
import { CrmContacts } from './crm-contacts';
import { parseForm } from './form';
import type { WebhookHandler } from './handler';
import { withoutToken } from './webhook-token';
import type { WrongTokenLimit } from './wrong-token-limit';

type LookupDependencies = ApiDependencies & { wrongTokens: WrongTokenLimit };

/** A number and nothing else, sent at once. */
const limits = { limitBytes: 4_096, timeoutMs: 1_000 };

/**
 * `GET|POST /webhooks/3cx/{connection}/lookup` with `number`: answers `{ "contacts": [CrmContact…] }`, which 3CX asks for
 * while a phone rings. No event: nothing is kept, and whatever goes wrong behind the token, the answer is an empty list at
 * once, since a client must not wait for our trouble. 404, 401 and 405 as the other webhooks.
 */
export function lookUpContacts(deps: LookupDependencies): WebhookHandler {
  const contacts = new CrmContacts(deps);
  return async (ctx) => {
    const found = await answer(ctx, deps, contacts).catch((error: unknown) => {
      if (error instanceof HttpProblem && error.status < 500) throw error;
      deps.log.warn({ err: error }, 'A number was not looked up');
      return [];
    });
    ctx.status = 200;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { contacts: found };
  };
}

async function answer(
  ctx: Context & { params: Record<string, string> },
  deps: LookupDependencies,
  contacts: CrmContacts,
): Promise<CrmContact[]> {
  const pairs = parseForm(rawQuery(ctx));
  const connection = await findConnection(ctx.params.connection ?? '', deps);
  const count = (outcome: string): void =>
    deps.metrics.webhooks.inc({ connection: connection.id, event: 'lookup', outcome });
  try {
    await authorise(ctx, connection, pairs, deps);
    if (ctx.method !== 'GET' && ctx.method !== 'POST')
      throw new HttpProblem(405, {
        detail: 'Use GET or POST.',
        errors: [{ field: 'method', message: 'must be GET or POST' }],
        headers: { Allow: 'GET, POST' },
      });
  } catch (error) {
    count(String(error instanceof HttpProblem ? error.status : 500));
    throw error;
  }
  const number = await readContent(ctx, withoutToken(pairs), limits)
    .then((content) => new SentFields(fieldsOf(content)).read('callerNumber'))
    .catch(() => undefined);
  const found = number === undefined ? [] : await contacts.find(connection, number);
  count(found.length === 0 ? 'nobody' : 'found');
  return found;
}
