import type { LineMapping } from '../domain/mapping';
import type { AuditTrail } from './audit';
import type { StoreContext } from './context';
import { Mappings } from './mappings';
import type { LineNamingRepository } from './portal-contract';

/** Keys are digits, however the DID is written. */
const keyOf = (written: string): string => written.replace(/\D/g, '');

/** Line mappings, and what the portal was told of them. A written mapping starts anew: its document is replaced. */
export class Lines extends Mappings<LineMapping> implements LineNamingRepository {
  constructor(context: StoreContext, audit: AuditTrail) {
    super(context, audit, { collection: 'lines', noun: 'line', keyOf });
  }

  async takeNaming(connection: string, key: string, wanted: string, pauseMs: number): Promise<boolean> {
    const now = this.context.clock();
    const { modifiedCount } = await this.documents.updateOne(
      {
        _id: { $eq: `${connection}/${keyOf(key)}` },
        told: { $ne: wanted },
        $or: [{ tellAfter: { $exists: false } }, { tellAfter: { $lte: now } }],
      } as never,
      { $set: { tellAfter: new Date(now.getTime() + pauseMs) } } as never,
    );
    return modifiedCount === 1;
  }

  async named(connection: string, key: string, told: string): Promise<void> {
    await this.documents.updateOne(
      { _id: { $eq: `${connection}/${keyOf(key)}` } } as never,
      { $set: { told }, $unset: { tellAfter: '' } } as never,
    );
  }
}
