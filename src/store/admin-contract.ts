import type { Page, PageRequest } from './paging';

/** Who changes something, for the audit trail: an admin key's id, or `environment`. */
export interface Actor {
  id: string;
  requestId?: string;
}

export type Role = 'admin' | 'viewer';

export interface AdminKey {
  id: string;
  name: string;
  role: Role;
  /** Null: every connection. */
  connections: string[] | null;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface AdminKeyRepository {
  /** Makes a key; the clear text is returned once and only its SHA-256 is stored. */
  create(
    key: { name: string; role: Role; connections: string[] | null },
    actor: Actor,
  ): Promise<{ key: AdminKey; secret: string }>;
  /** Makes sure that exactly this secret works as the bootstrapped admin key. */
  ensureBootstrap(secret: string): Promise<void>;
  /** Constant time in the secret. */
  verify(secret: string): Promise<AdminKey | null>;
  list(): Promise<AdminKey[]>;
  /** `last-master`: nothing was removed, for no other key may do everything. */
  delete(id: string, actor: Actor): Promise<'deleted' | 'missing' | 'last-master'>;
  /** Whether a key may do everything: role `admin`, without a scope. */
  hasMaster(): Promise<boolean>;
}

export interface AuditRow {
  id: string;
  at: string;
  actor: string;
  requestId: string | null;
  connection: string | null;
  /** e.g. `extension.put`, `connection.delete`, `key.create`. */
  action: string;
  target: string;
  before: unknown;
  after: unknown;
  /** SHA-256 over the previous row's hash and this row's content: a changed or missing row breaks the chain. */
  hash: string;
}

/** What changed; secrets are masked, and no phone number stands in it. */
export type AuditChange = Pick<AuditRow, 'connection' | 'action' | 'target' | 'before' | 'after'>;

export interface AuditVerdict {
  ok: boolean;
  rows: number;
  head: string;
  firstBroken?: string;
}

export interface AuditRepository {
  /** Writes a row for what is no change of a stored document, such as an erasure. */
  record(change: AuditChange, actor: Actor): Promise<void>;
  list(filter: { connection?: string }, page: PageRequest): Promise<Page<AuditRow>>;
  /**
   * Reads the whole trail. `head` is the hash of its last row: noted elsewhere, it later proves that nobody wrote the trail
   * anew. `firstBroken` is the id of the first row that does not follow from the one before it.
   */
  verify(): Promise<AuditVerdict>;
}
