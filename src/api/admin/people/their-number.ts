import type { CallEvent } from '../../../domain/call-event';
import { nationalDigits } from '../../../domain/phone-number';
import type { RejectedItem } from '../../../store';
import { fieldAliases } from '../../../threecx/dialects/field-aliases';

/** Shorter ones may be an extension, and stand by chance inside other digits. */
export const minPersonDigits = 7;

/** What a webhook of whatever form says where its caller belongs; never beyond the field. */
const callerFields = new RegExp(
  `(?<!\\w)(?:callerNumber|${fieldAliases.callerNumber.join('|')})[^\\w&]{1,8}([^"'&<\\r\\n}]*)`,
  'gi',
);

/** Recognises one person's number wherever somebody may have written it. */
export class TheirNumber {
  private readonly national: string;
  private readonly onlyAsCaller: boolean;

  /**
   * @param digits of the number, normalised.
   * @param options.isLine clients dial the number: only who calls from it is meant, so no other place is looked at. Nor is it
   *   for a number as short as an extension.
   */
  constructor(
    readonly digits: string,
    { isLine = false }: { isLine?: boolean } = {},
  ) {
    this.national = nationalDigits(digits) ?? digits;
    this.onlyAsCaller = isLine || digits.length < minPersonDigits;
  }

  /** In digits, as a PBX may have told it in the place of a DID or an extension. */
  get spellings(): string[] {
    const { digits, national } = this;
    const all = new Set([digits, national, `00${digits}`, `8${national}`, `0${national}`]);
    return [...all].filter((one) => one === digits || one.length >= minPersonDigits);
  }

  /** In digits, where it need not stand as the caller's. */
  get spellingsElsewhere(): string[] {
    return this.onlyAsCaller ? [] : this.spellings;
  }

  /** Whether an event tells of it, in whatever field. */
  inEvent({ callerNumber, did, extension, toExtension }: CallEvent): boolean {
    const told = this.onlyAsCaller ? [callerNumber] : [callerNumber, did, extension, toExtension];
    return told.some((one) => one !== undefined && this.spellings.includes(one));
  }

  /** Whether a webhook that nobody understood seems to tell of it, in whatever spelling. */
  inRejected(item: RejectedItem): boolean {
    const body =
      item.bodyEncoding === 'utf8' ? item.body : Buffer.from(item.body, 'base64').toString('latin1');
    const query = Object.entries(item.query).map(([name, value]) => `${name}=${value}`);
    return this.inText([body, item.event ?? '', ...query].join('\n'));
  }

  /** Whether a text seems to hold it, in whatever spelling. */
  inText(whole: string): boolean {
    const text = this.onlyAsCaller
      ? [...whole.matchAll(callerFields)].map(([, told]) => told).join('\n')
      : whole;
    if (this.national.length < minPersonDigits)
      return new RegExp(`(?<!\\d)${this.national}(?!\\d)`).test(text);
    return text.replace(/%20|[ ().+-]/g, '').includes(this.national);
  }
}
