import type { CallView } from '../domain/call-view';
import type { Store } from './contract';

const unmapped = 'unmapped-extension';

/**
 * A finished call's marks as of now: its extension may have been mapped since its workflow set the mark, which a
 * workflow that waits for the recording does not hear of.
 */
export async function currentMarks(
  { extensions }: { extensions: Pick<Store['extensions'], 'getMany'> },
  connection: string,
  { state, extension, marks }: Pick<CallView, 'state' | 'extension' | 'marks'>,
): Promise<string[]> {
  if (state !== 'finished' || extension === null || !marks.includes(unmapped)) return marks;
  const mapped = (await extensions.getMany(connection, [extension])).size > 0;
  return mapped ? marks.filter((mark) => mark !== unmapped) : marks;
}
