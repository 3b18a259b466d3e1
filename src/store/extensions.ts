import type { ExtensionMapping } from '../domain/mapping';
import { clearExtension } from '../domain/mapping';
import type { AuditTrail } from './audit';
import type { Actor, CallRepository, MappingRow, PutOutcome, UnmappedRepository } from './contract';
import type { StoreContext } from './context';
import { durableCollection } from './context';
import { Mappings } from './mappings';

/**
 * Extension mappings, and the extensions that calls met without one. Mapping one also takes the mark `unmapped-extension`
 * from its calls; should that fail the write fails, and the same write again makes it good.
 */
export class Extensions extends Mappings<ExtensionMapping> implements UnmappedRepository {
  private readonly met;

  constructor(
    context: StoreContext,
    audit: AuditTrail,
    private readonly calls: Pick<CallRepository, 'clearUnmapped'>,
  ) {
    super(context, audit, { collection: 'extensions', noun: 'extension', keyOf: (written) => written });
    this.met = durableCollection<{
      _id: string;
      connection: string;
      extension: string;
      calls: number;
      lastSeenAt: string;
    }>(context, 'unmapped_extensions');
  }

  override async put(
    connection: string,
    row: MappingRow<ExtensionMapping>,
    actor: Actor,
    ifMatch?: string,
  ): Promise<PutOutcome<MappingRow<ExtensionMapping>>> {
    const put = await super.put(connection, row, actor, ifMatch);
    if (put.outcome !== 'stale') await this.calls.clearUnmapped(connection, [row.key]);
    return put;
  }

  override async putMany(
    connection: string,
    rows: MappingRow<ExtensionMapping>[],
    actor: Actor,
    options: { dryRun: boolean },
  ): Promise<{ created: number; updated: number; unchanged: number }> {
    const counts = await super.putMany(connection, rows, actor, options);
    if (!options.dryRun && rows.length > 0)
      await this.calls.clearUnmapped(
        connection,
        rows.map((row) => row.key),
      );
    return counts;
  }

  async countUnmapped(connection: string, told: string, at: Date): Promise<void> {
    const extension = clearExtension(told);
    await this.met.updateOne(
      { _id: { $eq: `${connection}/${extension}` } },
      { $inc: { calls: 1 }, $max: { lastSeenAt: at.toISOString() }, $setOnInsert: { connection, extension } },
      { upsert: true },
    );
  }

  async listUnmapped(connection: string): ReturnType<UnmappedRepository['listUnmapped']> {
    const rows = await this.met
      .find({ connection: { $eq: connection } })
      .sort({ calls: -1, extension: 1 })
      .limit(1_000)
      .toArray();
    const mapped = await this.getMany(
      connection,
      rows.map((row) => row.extension),
    );
    return rows
      .filter((row) => !mapped.has(row.extension))
      .map(({ extension, calls, lastSeenAt }) => ({ extension, calls, lastSeenAt }));
  }
}
