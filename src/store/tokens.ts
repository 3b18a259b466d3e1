import type { StoredToken, TokenRepository } from './contract';
import type { StoreContext } from './context';
import { durableCollection, isDuplicateKey } from './context';
import { Recent } from './recent';

interface TokenDocument {
  _id: string;
  generation: number;
  sealed: string | null;
  expiresAt: string | null;
  refusedFingerprint: string | null;
  refusedReason: string | null;
  lockedBy: string | null;
  lockedUntil: Date;
}

/**
 * Credentials that renew themselves, one owner at a time over all processes. The database's clock decides for how long, so
 * that those of the machines need not agree.
 */
export class Tokens implements TokenRepository {
  private readonly documents;
  private readonly recentOnes = new Recent((key) => this.read(key));

  constructor(private readonly context: StoreContext) {
    this.documents = durableCollection<TokenDocument>(context, 'tokens');
  }

  get(key: string): Promise<StoredToken | null> {
    // Whoever wants to know it now has reason to doubt what was read a moment ago.
    this.recentOnes.forget(key);
    return this.read(key);
  }

  private async read(key: string): Promise<StoredToken | null> {
    const document = await this.documents.findOne({ _id: { $eq: key } });
    return document === null ? null : this.open(document);
  }

  recent(key: string): Promise<StoredToken | null> {
    return this.recentOnes.get(key);
  }

  async lock(key: string, owner: string, leaseMs: number): Promise<boolean> {
    const mine = { $eq: ['$lockedBy', { $literal: owner }] };
    const free = { $lte: [{ $ifNull: ['$lockedUntil', { $literal: new Date(0) }] }, '$$NOW'] };
    try {
      const document = await this.documents.findOneAndUpdate(
        { _id: { $eq: key } },
        [
          { $set: { takes: { $or: [mine, free] } } },
          {
            $set: {
              lockedBy: { $cond: ['$takes', { $literal: owner }, '$lockedBy'] },
              lockedUntil: { $cond: ['$takes', { $add: ['$$NOW', leaseMs] }, '$lockedUntil'] },
              generation: { $ifNull: ['$generation', 0] },
              sealed: { $ifNull: ['$sealed', null] },
              expiresAt: { $ifNull: ['$expiresAt', null] },
              refusedFingerprint: { $ifNull: ['$refusedFingerprint', null] },
              refusedReason: { $ifNull: ['$refusedReason', null] },
            },
          },
          { $unset: 'takes' },
        ],
        { upsert: true, returnDocument: 'after', projection: { lockedBy: 1 } },
      );
      return document?.lockedBy === owner;
    } catch (error) {
      // Two inserted the first row at once: the other one has it.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async unlock(key: string, owner: string): Promise<void> {
    await this.documents.updateOne(
      { _id: { $eq: key }, lockedBy: { $eq: owner } },
      { $set: { lockedBy: null, lockedUntil: new Date(0) } },
    );
  }

  async put(
    key: string,
    owner: string,
    token: Record<string, string>,
    expiresAt: string | null,
  ): Promise<StoredToken> {
    const document = await this.documents.findOneAndUpdate(
      { _id: { $eq: key }, lockedBy: { $eq: owner } },
      {
        $set: {
          sealed: this.context.keys.seal(JSON.stringify(token), `tokens/${key}`),
          expiresAt,
          refusedFingerprint: null,
          refusedReason: null,
          lockedBy: null,
          lockedUntil: new Date(0),
        },
        $inc: { generation: 1 },
      },
      { returnDocument: 'after' },
    );
    this.recentOnes.forget(key);
    if (document === null) throw new Error('the lock on the token was lost');
    return this.open(document);
  }

  async refuse(key: string, owner: string, fingerprint: string, reason: string): Promise<void> {
    await this.documents.updateOne(
      { _id: { $eq: key }, lockedBy: { $eq: owner } },
      {
        $set: {
          refusedFingerprint: fingerprint,
          refusedReason: reason,
          lockedBy: null,
          lockedUntil: new Date(0),
        },
      },
    );
    this.recentOnes.forget(key);
  }

  async accept(key: string): Promise<void> {
    await this.documents.updateOne(
      { _id: { $eq: key } },
      { $set: { refusedFingerprint: null, refusedReason: null } },
    );
    this.recentOnes.forget(key);
  }

  async delete(key: string): Promise<void> {
    await this.documents.deleteOne({ _id: { $eq: key } });
    this.recentOnes.forget(key);
  }

  /** Empty for one sealed under a data key that is not set: it is as good as lost, and a new one is fetched. */
  private unseal(sealed: string, key: string): Record<string, string> {
    const opened = this.context.keys.tryOpen(sealed, `tokens/${key}`);
    return opened === null ? {} : (JSON.parse(opened.toString()) as Record<string, string>);
  }

  private open(document: TokenDocument): StoredToken {
    const { generation, sealed, expiresAt, refusedFingerprint, refusedReason } = document;
    const token = sealed === null ? {} : this.unseal(sealed, document._id);
    return { generation, token, expiresAt, refusedFingerprint, refusedReason };
  }
}
