import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { dialledNumber, saysHidden } from './phone-text';

/**
 * `e164`: the numbering plan allows it. `short`: an internal, service or feature number. `anonymous`: hidden by the
 * caller. `unknown`: no number, or one that fits no plan.
 */
export type NumberKind = 'e164' | 'short' | 'anonymous' | 'unknown';

export interface NormalisedNumber {
  /** E.164 without plus where the numbering plan allows it, else as dialled (`*` and `#` kept); may be empty. */
  digits: string;
  kind: NumberKind;
}

/** Up to so many digits a number without plus is an internal or service number. */
const maxShortDigits = 6;
/** Longer national numbers exist, but are no ordinary subscribers. */
const maxUsualDigits = 12;
/** Longer ones are no number at all. */
const maxDigits = 32;

/**
 * Brings one spelling of a number to the form that the bridge stores, compares and sends. Total: takes any text.
 * Applied to its own result it changes nothing, save for the rare foreign number whose digits without plus are also
 * a number of the connection's own country.
 *
 * @param country ISO 3166 code of the connection; an unknown one leaves numbers without country code as dialled.
 */
export function normaliseNumber(raw: string, country: string): NormalisedNumber {
  const { digits, international } = dialledNumber(raw);
  if (digits === '') return { digits, kind: saysHidden(raw) ? 'anonymous' : 'unknown' };
  if (/^0{5,}$/.test(digits)) return { digits: '', kind: 'anonymous' };
  if (/[*#]/.test(digits)) return { digits: digits.slice(0, maxDigits), kind: 'short' };
  if (digits.length > maxDigits) return { digits: '', kind: 'unknown' };
  const found = international
    ? (abroad(digits) ?? atHome(digits, country, 'valid'))
    : digits.length > maxShortDigits
      ? bare(digits, country)
      : shortOnPurpose(digits, country);
  if (found !== null) return { digits: found.number.slice(1), kind: 'e164' };
  return { digits, kind: digits.length <= maxShortDigits ? 'short' : 'unknown' };
}

/**
 * Every spelling, in digits only, under which somebody may have written this DID: E.164, national with and without
 * trunk prefix, with the international prefix, and as it came. E.164 comes first.
 */
export function spellingsOf(did: string, country: string): string[] {
  const { digits, kind } = normaliseNumber(did, country);
  const asWritten = did.slice(0, 512).replace(/\D/g, '').slice(0, maxDigits);
  const spellings = [digits.replace(/\D/g, ''), asWritten];
  const number = kind === 'e164' ? parsePhoneNumberFromString(`+${digits}`) : undefined;
  const home = countryOf(country);
  if (number !== undefined) {
    spellings.push(`00${digits}`);
    if (home !== undefined) {
      const idd = number.format('IDD', { fromCountry: home });
      if (idd !== undefined) spellings.push(idd.replace(/\D/g, ''));
      if (number.countryCallingCode === getCountryCallingCode(home))
        spellings.push(number.formatNational().replace(/\D/g, ''), number.nationalNumber);
    }
  }
  return [...new Set(spellings.filter((spelling) => spelling !== ''))];
}

/** The digits without the country code, or null when the number is not known to have one. */
export function nationalDigits(digits: string): string | null {
  return abroad(digits)?.nationalNumber ?? null;
}

/** Whether digits, taken by themselves, are a number of the given country, with or without its country code. */
export function isNumberOf(country: string, digits: string): boolean {
  const home = countryOf(country);
  if (home === undefined) return false;
  const found = bare(digits, country);
  return found !== null && found.isValid() && found.countryCallingCode === getCountryCallingCode(home);
}

/**
 * Digits without plus. The country's own code comes before a national reading, so that E.164 digits stay what they
 * are; numbers in the plan come before numbers of merely possible length, and both before foreign numbers.
 */
function bare(digits: string, country: string): PhoneNumber | null {
  if (digits.startsWith('00')) {
    const number = abroad(digits.slice(2));
    if (number !== null) return number;
  }
  const home = countryOf(country);
  const code = home === undefined ? null : getCountryCallingCode(home);
  const international = parsePhoneNumberFromString(`+${digits}`) ?? null;
  const isOwn = international !== null && international.countryCallingCode === code;
  if (isOwn && international.isValid()) return international;
  const national = atHome(digits, country, 'valid');
  if (national !== null) return national;
  if (isOwn && international.isPossible()) return international;
  // Behind its trunk prefix a number is dialled at home, even one of a range that is not known yet. Beyond the usual
  // length it is rather a foreign one (883 5100… begins like Russia's 8).
  const possible = atHome(digits, country, 'possible');
  const hasPrefix = possible !== null && possible.nationalNumber.length < digits.length;
  if (hasPrefix && possible.nationalNumber.length <= maxUsualDigits) return possible;
  return validOrNull(international) ?? (hasPrefix ? possible : null);
}

function validOrNull(number: PhoneNumber | null): PhoneNumber | null {
  return number?.isValid() ? number : null;
}

/** Digits behind a plus or its equivalent; new ranges that the metadata does not know yet count as long as the length fits. */
function abroad(digits: string): PhoneNumber | null {
  const number = parsePhoneNumberFromString(`+${digits}`);
  return number !== undefined && number.isPossible() ? number : null;
}

function atHome(digits: string, country: string, least: 'valid' | 'possible'): PhoneNumber | null {
  const home = countryOf(country);
  if (home === undefined) return null;
  const number = parsePhoneNumberFromString(digits, home);
  if (number === undefined) return null;
  return (least === 'valid' ? number.isValid() : number.isPossible()) ? number : null;
}

/** Six digits are a whole number only where the plan knows such numbers and no trunk prefix (Andorra, the Faroes). */
function shortOnPurpose(digits: string, country: string): PhoneNumber | null {
  if (digits.length < maxShortDigits) return null;
  const number = atHome(digits, country, 'valid');
  return number !== null && number.formatNational().replace(/\D/g, '') === digits ? number : null;
}

function countryOf(country: string): CountryCode | undefined {
  return isSupportedCountry(country) ? country : undefined;
}
