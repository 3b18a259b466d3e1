import type { StoreContext } from './context';
import { durableCollection } from './context';
import type { ReconcileMark, ReconcileRepository } from './reconcile-contract';

type MarkDocument = Partial<ReconcileMark> & { _id: string };

/** One small document a connection. */
export class ReconcileMarks implements ReconcileRepository {
  private readonly documents;

  constructor(context: StoreContext) {
    this.documents = durableCollection<MarkDocument>(context, 'reconcile');
  }

  async get(connection: string): Promise<ReconcileMark> {
    const document = await this.documents.findOne({ _id: { $eq: connection } });
    return {
      readTo: document?.readTo ?? null,
      since: document?.since ?? null,
      fullAt: document?.fullAt ?? null,
      missing: document?.missing ?? null,
      extensionsSyncedAt: document?.extensionsSyncedAt ?? null,
    };
  }

  async put(connection: string, patch: Partial<ReconcileMark>): Promise<void> {
    await this.documents.updateOne({ _id: { $eq: connection } }, { $set: patch }, { upsert: true });
  }

  async delete(connection: string): Promise<void> {
    await this.documents.deleteOne({ _id: { $eq: connection } });
  }
}
