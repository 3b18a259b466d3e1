import { portalAddress } from '../../bitrix24/portal-address';
import type { CrmMatch } from '../../bitrix24/contract';
import type { Connection } from '../../domain/connection';
import { normaliseNumber } from '../../domain/phone-number';
import type { CrmContact } from '../../threecx/crm-template';
import type { ApiDependencies } from '../dependencies';
import { within } from '../within';

/** A phone is ringing: what takes longer comes too late. */
const longestMs = 2_000;
/** The phones of a queue ring one after the other, and each asks. */
const keptMs = 60_000;
const maxKept = 1_000;
const maxContacts = 5;

/** Who in Bitrix24 has a number, kept for a minute, so that one ringing call costs one request. */
export class CrmContacts {
  private readonly kept = new Map<string, { until: number; matches: Promise<CrmMatch[]> }>();

  constructor(private readonly deps: Pick<ApiDependencies, 'bitrix24' | 'clock' | 'log'>) {}

  /**
   * Contacts as the CRM template takes them; none for a number that is no outside number, and on any trouble. Never
   * rejects.
   *
   * @param number as it was asked: 3CX drops an answer that does not hold it (`3cx.md` section 1.3).
   */
  async find(connection: Connection, number: string): Promise<CrmContact[]> {
    const { kind, digits } = normaliseNumber(number, connection.country);
    if (kind === 'short' || kind === 'anonymous' || digits === '') return [];
    try {
      const matches = await within(longestMs, this.matches(connection, digits), 'Bitrix24');
      const { origin } = portalAddress(connection);
      return matches.slice(0, maxContacts).map((match) => contactOf(match, number, origin));
    } catch (error) {
      this.deps.log.info({ err: error, connection: connection.id }, 'A contact was not looked up');
      return [];
    }
  }

  private matches(connection: Connection, digits: string): Promise<CrmMatch[]> {
    const key = JSON.stringify([connection.id, connection.bitrix24, digits]);
    const now = this.deps.clock().getTime();
    const known = this.kept.get(key);
    if (known !== undefined && known.until > now) return known.matches;
    const signal = AbortSignal.timeout(longestMs);
    const context = { connection, callId: null, attempt: 1, signal };
    const entry = { until: now + keptMs, matches: this.deps.bitrix24.searchCrm(context, digits) };
    entry.matches.catch(() => this.kept.delete(key));
    this.kept.delete(key);
    this.kept.set(key, entry);
    const [oldest] = this.kept.keys();
    if (this.kept.size > maxKept && oldest !== undefined) this.kept.delete(oldest);
    return entry.matches;
  }
}

/** 3CX needs one of the names; which part of a name is the first one, Bitrix24 does not tell. */
function contactOf({ entityType, entityId, name }: CrmMatch, phone: string, origin: string): CrmContact {
  const type = entityType.toLowerCase();
  const shown = name.trim() === '' ? `Bitrix24 ${type} ${entityId}` : name.trim();
  return {
    phone,
    contactUrl: `${origin}/crm/${type}/details/${entityId}/`,
    firstName: entityType === 'COMPANY' ? '' : shown,
    lastName: '',
    companyName: entityType === 'COMPANY' ? shown : '',
    entityId: String(entityId),
    entityType,
  };
}
