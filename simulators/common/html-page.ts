/** Style of the stand-ins' pages for people. */
export const style =
  'body{font:14px system-ui;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left}';

/** A table of plain cells; every text is made harmless. */
export function table(heads: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(String(cell))}</${tag}>`).join('')}</tr>`;
  return `<table>${line(heads, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

/** Makes text harmless in HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
