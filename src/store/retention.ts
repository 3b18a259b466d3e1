import type { Retention } from '../domain/connection';
import type { StoreContext } from './context';
import { Recent } from './recent';

/** How long a connection's data are kept, in days; what it does not say is as the server's settings say. */
export type RetentionDays = Required<Retention>;

interface ConnectionDocument {
  _id: string;
  value: { retention?: Retention };
}

/** What connections say of the time for which their data are kept. */
export class Retentions {
  private readonly recent = new Recent((connection) => this.read(connection));

  constructor(private readonly context: StoreContext) {}

  /** Of one connection, at most a second old; of one that is gone, or that nobody can read now: the server's. */
  async of(connection: string): Promise<RetentionDays> {
    return this.recent.get(connection).catch(() => this.byDefault());
  }

  /** Of every connection that there is. */
  async all(): Promise<Map<string, RetentionDays>> {
    const rows = await this.documents()
      .find({}, { projection: { 'value.retention': 1 } })
      .toArray();
    return new Map(rows.map(({ _id, value }) => [_id, this.withDefaults(value.retention)]));
  }

  byDefault(): RetentionDays {
    return this.withDefaults(undefined);
  }

  private async read(connection: string): Promise<RetentionDays> {
    const projection = { 'value.retention': 1 };
    const row = await this.documents().findOne({ _id: { $eq: connection } }, { projection });
    return this.withDefaults(row?.value.retention);
  }

  private withDefaults(retention: Retention | undefined): RetentionDays {
    const { personalDays = this.context.personalDays, ...others } = retention ?? {};
    return {
      personalDays,
      rejectedDays: others.rejectedDays ?? personalDays,
      inboxDays: others.inboxDays ?? personalDays,
      historyDays: others.historyDays ?? personalDays,
    };
  }

  private documents() {
    return this.context.db.collection<ConnectionDocument>('connections');
  }
}

const dayMs = 86_400_000;

/** The instant before which something is too old. */
export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMs);
}
