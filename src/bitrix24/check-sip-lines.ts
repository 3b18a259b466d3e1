import { z } from 'zod';
import type { DoctorCheck } from '../domain/doctor-check';
import type { RequestContext } from './contract';
import { tolerated } from './not-told';
import type { PortalRequests } from './portal-requests';

const rowsSchema = z.array(z.looseObject({ SERVER: z.string().nullish() }));

/**
 * Compares the portal's own SIP lines with the SBC that the connection names. Only a portal whose users also telephone
 * through Bitrix24 itself has such lines; this bridge does not need one.
 */
export async function sipLines(
  requests: PortalRequests,
  context: RequestContext,
): Promise<Omit<DoctorCheck, 'name'>> {
  const { sbcAddress } = context.connection.threecx;
  if (sbcAddress === undefined)
    return { ok: true, detail: 'No SBC address is set, so the portal’s SIP lines are not looked at.' };
  const call = { method: 'voximplant.sip.get', params: {}, cls: 'cards', effect: 'read' } as const;
  const answer = await tolerated(() => requests.call(context, call, rowsSchema));
  if ('untold' in answer)
    return {
      ok: true,
      detail: `The portal does not tell its SIP lines (${answer.untold}); they were not compared.`,
    };
  const rows = answer.told;
  const wanted = hostOf(sbcAddress);
  const matching = rows.filter((row) => hostOf(row.SERVER ?? '') === wanted).length;
  if (matching > 0)
    return { ok: true, detail: `${matching} of ${rows.length} SIP lines of the portal lead to the SBC.` };
  const mend =
    'Add a SIP line that leads to the SBC, if users shall telephone from Bitrix24 itself through 3CX.';
  return {
    ok: rows.length === 0,
    detail: `None of ${rows.length} SIP lines of the portal leads to the SBC.`,
    mend,
  };
}

function hostOf(server: string): string {
  return server
    .trim()
    .toLowerCase()
    .replace(/^sips?:(\/\/)?/, '')
    .replace(/:\d+$/, '');
}
