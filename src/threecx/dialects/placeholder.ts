const journalVariable =
  /\[(call|agent|entity|duration|queue|recording)\w*\]|\[(number|name|datetime|transcription|summary|sentiment)\]/i;

/**
 * Whether a value is a variable that nobody filled in, or contains one: `%Ext%` as in the forms people copy, `[Agent]`
 * or `[[CallStartTimeUTC].ToString("…")]` as 3CX's CRM templates write them (`3cx.md` section 9). Percent signs that
 * encode a byte, such as `%D0%9F`, are no placeholder.
 */
export function isPlaceholder(text: string): boolean {
  return (
    /^%[a-z_][\w.]*%?$/i.test(text) ||
    /%(?![0-9a-f]{2}%)[a-z_][\w.]*%/i.test(text) ||
    /^\[.*\]$/s.test(text) ||
    journalVariable.test(text)
  );
}
