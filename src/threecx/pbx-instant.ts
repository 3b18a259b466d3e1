/** Unix milliseconds of an instant as 3CX writes it; without a zone it is UTC (3cx.md section 4.1). Null for none. */
export function pbxInstantMs(text: string | null | undefined): number | null {
  if (text == null || text === '') return null;
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  // "Never" is written as the first day of year 1.
  return Number.isNaN(ms) || ms < Date.UTC(1990) ? null : ms;
}
