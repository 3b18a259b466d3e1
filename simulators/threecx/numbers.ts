import type { NumberForm } from './switches';

/** Writes E.164 digits as a trunk presents them; a hidden number stays empty. National form only for Russian numbers. */
export function presentNumber(digits: string, form: NumberForm): string {
  if (digits === '') return '';
  switch (form) {
    case 'plus':
      return `+${digits}`;
    case 'zeros':
      return `00${digits}`;
    case 'national':
      return /^7\d{10}$/.test(digits) ? `8${digits.slice(1)}` : `+${digits}`;
    case 'digits':
      return digits;
  }
}
