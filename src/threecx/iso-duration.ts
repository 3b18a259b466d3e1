const pattern = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Seconds of an ISO 8601 duration such as `PT1M5.4S`, as the reports of 3CX write them; 0 for none or nonsense. */
export function durationSeconds(text: string | null | undefined): number {
  const match = text == null ? null : pattern.exec(text);
  if (match === null || match[1] !== undefined) return 0;
  const [days, hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0));
  return (days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}
