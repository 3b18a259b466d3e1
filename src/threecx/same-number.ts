const fewestDigits = 7;
const mostDigits = 10;

/**
 * Whether two spellings mean one outside number: prefixes differ (`+7`, `8`, `00`), so only the last digits count, at
 * least seven and at most ten. Shorter numbers must be equal.
 */
export function sameNumber(one: string, other: string): boolean {
  const [a, b] = [digits(one), digits(other)];
  if (a === '' || b === '') return false;
  const compared = Math.min(a.length, b.length, mostDigits);
  return compared < fewestDigits ? a === b : a.slice(-compared) === b.slice(-compared);
}

function digits(number: string): string {
  return number.replace(/\D/g, '');
}
