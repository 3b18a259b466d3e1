/** Longer ones are not believed; a call is given up long before. */
const maxSeconds = 30 * 86_400;

/**
 * Talk time in whole seconds from seconds (a fraction is rounded), `mm:ss`, `hh:mm:ss`, or .NET's
 * `[d.]hh:mm:ss[.fffffff]`. Null for anything else: negative, above 30 days, minutes above 59 beside hours.
 */
export function readDuration(text: string): number | null {
  const seconds = plainSeconds(text) ?? clockSeconds(text);
  return seconds !== null && seconds <= maxSeconds ? seconds : null;
}

function plainSeconds(text: string): number | null {
  return /^[0-9]{1,9}(?:[.,][0-9]{1,9})?$/.test(text) ? Math.round(Number(text.replace(',', '.'))) : null;
}

function clockSeconds(text: string): number | null {
  const match = /^(?:(?:([0-9]{1,3})\.)?([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{2})(?:[.,][0-9]{1,9})?$/.exec(
    text,
  );
  if (match === null) return null;
  const [days, hours, minutes, seconds] = [match[1], match[2], match[3], match[4]].map((part) =>
    Number(part ?? 0),
  );
  const beside = match[2] !== undefined;
  if (seconds! > 59 || (beside && (minutes! > 59 || match[3]!.length > 2)) || (match[1] && hours! > 23))
    return null;
  return ((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!;
}
