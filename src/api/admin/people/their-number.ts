import { nationalDigits } from '../../../domain/phone-number';
import type { CallEvent } from '../../../domain/call-event';
import type { RejectedItem } from '../../../store';

/** Fewer digits stand by chance inside others, so they must stand alone. */
const minDigitsInside = 7;

/** Recognises one person's number wherever somebody may have written it. */
export class TheirNumber {
  private readonly national: string;

  /** @param digits of the number, normalised. */
  constructor(readonly digits: string) {
    this.national = nationalDigits(digits) ?? digits;
  }

  /** In digits, as a PBX may have told it in the place of a DID or an extension. */
  get spellings(): string[] {
    return [
      ...new Set([this.digits, this.national, `00${this.digits}`, `8${this.national}`, `0${this.national}`]),
    ];
  }

  /** Whether an event tells of it, in whatever field. */
  inEvent(event: CallEvent): boolean {
    const { callerNumber, did, extension, toExtension } = event;
    const told = [callerNumber, did, extension, toExtension];
    return told.some((one) => one !== undefined && this.spellings.includes(one));
  }

  /** Whether a webhook that nobody understood seems to tell of it, in whatever spelling. */
  inRejected(item: RejectedItem): boolean {
    const body =
      item.bodyEncoding === 'utf8' ? item.body : Buffer.from(item.body, 'base64').toString('latin1');
    return this.inText([body, item.event ?? '', ...Object.values(item.query)].join('\n'));
  }

  /** Whether a text seems to hold it, in whatever spelling. */
  inText(text: string): boolean {
    if (this.national.length < minDigitsInside)
      return new RegExp(`(?<!\\d)${this.national}(?!\\d)`).test(text);
    return text.replace(/%20|[ ().+-]/g, '').includes(this.national);
  }
}
