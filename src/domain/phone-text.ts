/** What was dialled, once names, URIs, separators and decoration are gone. */
export interface DialledNumber {
  /** Written with a plus: the digits begin with a country code. */
  international: boolean;
  /** Digits, `*` and `#`; empty when the text names no number. */
  digits: string;
}

const maxTextLength = 512;
const hiddenWords =
  /^(anonymous|anonym|unknown|restricted|withheld|private|unavailable|blocked|hidden|no ?number|n\/a|none|null|(caller ?id |number )?(withheld|blocked|unavailable)|–|скрыт\S*( номер)?|анон\S*|неизвест\S*)$/iu;

/** Whether the text says in words, or by saying nothing, that the caller hides the number. */
export function saysHidden(raw: string): boolean {
  const words = plainText(raw)
    .replace(/^\s*sips?:/i, '')
    .replace(/@.*$/s, '')
    .replace(/["'<>]/g, '')
    .trim();
  return words === '' || hiddenWords.test(words) || !/[\p{L}\p{N}]/u.test(words);
}

/**
 * Finds the number in whatever a PBX or trunk puts into a number field: `Ext.101`, `tel:` and `sip:` URIs, display
 * names, full-width and Arabic digits, invisible characters, an extension at the end, two numbers (the first counts).
 * Never throws; looks at the first 512 characters.
 */
export function dialledNumber(raw: string): DialledNumber {
  const usual = /^((?:\+(?!00))?)([0-9]{1,32})$/.exec(raw);
  if (usual !== null) return { international: usual[1] !== '', digits: usual[2]! };
  const text = firstOfSeveral(fromUri(plainText(raw)));
  const written = withoutTail(text.replace(/^\s*ext(?:ension)?[.:\s]*/i, '').trim());
  const compact = (/\p{L}/u.test(written) ? numberAmongWords(written) : written).replace(/[^0-9+*#]/g, '');
  // No country code begins with a zero: behind a plus two of them are the way out once more.
  const bare = withoutServiceCode(compact)
    .replace(/^\++(?=[*#])/, '')
    .replace(/^\+00/, '+');
  return {
    international: bare.startsWith('+'),
    digits: bare.replace(/\+/g, '').replace(/(?<=\d{7})#+$/, ''),
  };
}

/** Western digits, no invisible characters, control characters as blanks. */
function plainText(raw: string): string {
  return raw
    .slice(0, maxTextLength)
    .normalize('NFKC')
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Cc}/gu, ' ');
}

/** The number part of `"Name" <sip:101@pbx>`, `tel:101;phone-context=+7495`, `sip:%2B7…@pbx`; other text as it is. */
function fromUri(text: string): string {
  const inner = (/<([^<>]*)>/.exec(text)?.[1] ?? text).replace(/["']/g, '').trim();
  const uri = /^(?:sips?|tel|callto):(?:\/\/)?(.*)$/is.exec(inner)?.[1];
  if (uri === undefined) return /^[^\s@]+@[^\s@]+$/.test(inner) ? inner.replace(/@.*$/, '') : inner;
  const user = uri.replace(/[;?@:].*$/s, '').replace(/%2b/gi, '+');
  const context = /;phone-context=(\+[0-9]{1,6})(?:[;>]|$)/i.exec(uri)?.[1];
  return context === undefined || user.startsWith('+') ? user : context + user;
}

function firstOfSeveral(text: string): string {
  const parts = text.split(/[,;|/\\]/);
  return parts.find((part) => /\d/.test(part)) ?? parts[0] ?? '';
}

/** Drops the extension behind an outside number: `… ext. 12`, `… доб. 12`, `… x12`. */
function withoutTail(text: string): string {
  return text.replace(/(?<=\d[\s)]*)(?:ext(?:ension)?|доб(?:авочный)?|x)[.:\s]*\d{1,8}\s*$/iu, '');
}

/** Of a text with words, the run with the most digits that is no part of a word. */
function numberAmongWords(text: string): string {
  const runs = text.match(/(?<![\p{L}\d])[+(]?[\d*#][\d\s().*#-]*(?!\p{L})/gu) ?? [];
  return runs.reduce((best, run) => (digitCount(run) > digitCount(best) ? run : best), '');
}

function digitCount(text: string): number {
  return text.replace(/\D/g, '').length;
}

/** `*31#` and its like, dialled before an outside number, are orders to the network and no part of it. */
function withoutServiceCode(compact: string): string {
  return /^[*#]\d{1,3}(?:[*#]|(?=\+))(\+?\d{7,})#?$/.exec(compact)?.[1] ?? compact;
}
