import type { Lease, LeaseRepository } from './contract';
import type { StoreContext } from './context';
import { isDuplicateKey } from './context';

interface LeaseDocument {
  _id: string;
  owner: string | null;
  until: Date;
  generation: number;
}

/** Who alone does something over all processes. The database's clock decides, so that those of the machines need not agree. */
export class Leases implements LeaseRepository {
  private readonly documents;

  constructor({ db }: StoreContext) {
    this.documents = db.collection<LeaseDocument>('leases', { writeConcern: { w: 'majority' } });
  }

  async take(key: string, owner: string, leaseMs: number): Promise<Lease | null> {
    const mine = { $eq: ['$owner', { $literal: owner }] };
    const free = { $lte: [{ $ifNull: ['$until', { $literal: new Date(0) }] }, '$$NOW'] };
    try {
      const document = await this.documents.findOneAndUpdate(
        { _id: { $eq: key } },
        [
          { $set: { mine, takes: { $or: [mine, free] } } },
          {
            $set: {
              owner: { $cond: ['$takes', { $literal: owner }, '$owner'] },
              until: { $cond: ['$takes', { $add: ['$$NOW', leaseMs] }, '$until'] },
              generation: {
                $add: [
                  { $ifNull: ['$generation', 0] },
                  { $cond: [{ $and: ['$takes', { $not: '$mine' }] }, 1, 0] },
                ],
              },
            },
          },
          { $unset: ['mine', 'takes'] },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      return document?.owner === owner ? { generation: document.generation } : null;
    } catch (error) {
      // Two inserted the first row at once: the other one has it.
      if (isDuplicateKey(error)) return null;
      throw error;
    }
  }

  async release(key: string, owner: string): Promise<void> {
    await this.documents.updateOne(
      { _id: { $eq: key }, owner: { $eq: owner } },
      { $set: { owner: null, until: new Date(0) } },
    );
  }
}
