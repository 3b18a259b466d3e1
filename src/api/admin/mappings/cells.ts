/** A cell of digits as a number; anything else stays text, for the schema to refuse. */
export function wholeNumber(cell: string | undefined): unknown {
  return cell !== undefined && /^[0-9]{1,15}$/.test(cell) ? Number(cell) : cell;
}
