import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { searchAttributeNames } from '../workflows/search-attributes';

const keyword = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/**
 * Creates the search attributes that are missing. Where we may not (Temporal Cloud), the error names them and the
 * command that creates them.
 */
export async function ensureSearchAttributes(client: Client, namespace: string): Promise<void> {
  const missing = await missingOf(client, namespace);
  if (missing.length === 0) return;
  try {
    await client.connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    // Two processes that start together both try; the one that loses finds nothing missing.
    if ((await missingOf(client, namespace).catch(() => missing)).length === 0) return;
    const command = missing.map((name) => `--search-attribute ${name}=Keyword`).join(' ');
    throw new Error(
      `Temporal lacks the search attributes ${missing.join(', ')} and did not let us create them. Create them with: ` +
        `temporal operator search-attribute create --namespace ${namespace} ${missing.map((n) => `--name ${n} --type Keyword`).join(' ')} ` +
        `(Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${command})`,
      { cause: error },
    );
  }
}

async function missingOf(client: Client, namespace: string): Promise<string[]> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  return searchAttributeNames.filter((name) => customAttributes?.[name] === undefined);
}
