import type { Connection } from '../../domain/connection';
import type { DoctorCheck } from '../../domain/doctor-check';
import { PeerError } from '../../domain/peer-error';
import type { Store } from '../../store/contract';
import { isPersonDn } from './participant';
import type { PbxLine } from './pbx-line';

const name = 'threecx-call-control';
const checkMs = 20_000;
const mostNamed = 10;
const select =
  'Select them at the 3CX API client (Integrations > API): only extensions that are selected there are told of.';

/** Whether the PBX tells of calls in real time, and of all extensions that are mapped to users. Never throws. */
export async function checkCallControl(
  line: Pick<PbxLine, 'open' | 'snapshot'>,
  store: Pick<Store, 'extensions'>,
  connection: Connection,
): Promise<DoctorCheck> {
  const signal = AbortSignal.timeout(checkMs);
  try {
    const states = await line.snapshot(signal);
    (await line.open(signal)).close();
    const told = new Set(states.filter(({ type }) => isPersonDn(type)).map(({ dn }) => dn));
    if (told.size === 0)
      return { name, ok: false, detail: 'The API client may see no extension.', mend: select };
    const missing = (await personExtensions(store, connection.id)).filter(
      (extension) => !told.has(extension),
    );
    if (missing.length === 0)
      return { name, ok: true, detail: `Calls are told in real time, of ${told.size} extensions.` };
    const named = missing.slice(0, mostNamed).join(', ');
    const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : '';
    return { name, ok: false, detail: `Mapped to users, but not selected: ${named}${more}.`, mend: select };
  } catch (error) {
    if (!(error instanceof PeerError))
      return { name, ok: false, detail: 'The check itself failed.', mend: 'See the log of the server.' };
    const status = error.status === null ? '' : ` (HTTP ${error.status})`;
    return { name, ok: false, detail: `${error.reason}${status}`, mend: error.mend };
  }
}

async function personExtensions(
  { extensions }: Pick<Store, 'extensions'>,
  connection: string,
): Promise<string[]> {
  const rows = await extensions.all(connection);
  return rows.filter(({ value }) => 'userId' in value).map(({ key }) => key);
}
