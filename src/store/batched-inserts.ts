import type { Collection, Document, MongoBulkWriteError, OptionalUnlessRequiredId } from 'mongodb';

const duplicateKey = 11_000;
const batchSize = 200;

interface Waiting<T> {
  document: T;
  until: number;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * Inserts documents one batch at a time: what arrives while a batch is on its way goes with the next one. So a burst
 * costs a few journalled writes instead of hundreds, and needs one connection instead of a pool full of new ones.
 */
export class BatchedInserts<T extends Document> {
  private waiting: Waiting<T>[] = [];
  private writing = false;

  constructor(private readonly documents: Collection<T>) {}

  /** Resolves when the document, or an earlier one with its key, is durable. Rejects after `timeoutMs`. */
  insert(document: T, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ document, until: Date.now() + timeoutMs, resolve, reject });
      void this.write();
    });
  }

  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    while (this.waiting.length > 0) {
      const now = Date.now();
      const batch = this.waiting.splice(0, batchSize);
      const late = batch.filter(({ until }) => until <= now);
      late.forEach(({ reject }) => reject(new Error('the database did not take the document in time')));
      await this.insertAll(batch.filter(({ until }) => until > now));
    }
    this.writing = false;
  }

  /** Never rejects; settles every one of the batch. */
  private async insertAll(batch: Waiting<T>[]): Promise<void> {
    if (batch.length === 0) return;
    const timeoutMS = Math.max(...batch.map(({ until }) => until)) - Date.now();
    const documents = batch.map(({ document }) => document as unknown as OptionalUnlessRequiredId<T>);
    try {
      await this.documents.insertMany(documents, { ordered: false, timeoutMS: Math.max(1, timeoutMS) });
      batch.forEach(({ resolve }) => resolve());
    } catch (error) {
      const failed = failedOnes(error);
      batch.forEach(({ resolve, reject }, index) =>
        failed === 'all' || failed.has(index) ? reject(error) : resolve(),
      );
    }
  }
}

/** Places in the batch that were not written; one that was there already is no failure. */
function failedOnes(error: unknown): Set<number> | 'all' {
  const { writeErrors, result } = error as Partial<MongoBulkWriteError>;
  if (writeErrors === undefined || result?.getWriteConcernError() !== undefined) return 'all';
  const errors = Array.isArray(writeErrors) ? writeErrors : [writeErrors];
  return new Set(errors.filter(({ code }) => code !== duplicateKey).map(({ index }) => index));
}
