import { nameOf } from './directory';
import type { Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import { netInstant } from './pbx-time';
import { jsonAnswer } from './wire';
import type { WireAnswer } from './wire';

/** Members of an active call. */
export const activeCallSchema: Schema = {
  name: 'ActiveCalls',
  fields: {
    Id: 'int',
    Caller: 'text',
    Callee: 'text',
    Status: 'text',
    EstablishedAt: 'instant',
    LastChangeStatus: 'instant',
    ServerNow: 'instant',
  },
};

/** Calls that go on now; the id is the integer callid. */
export function activeCallRows(pbx: Pbx): Row[] {
  return pbx.phones.calls.map(({ call, extension, establishedAt, changedAt }) => {
    const inside = extension === null ? '' : `${extension} ${nameOf(pbx.directory, extension) ?? ''}`.trim();
    const number = call.presentedNumber === '' ? pbx.switches.anonymousText : call.presentedNumber;
    const outside = call.callerName === null ? number : `${call.callerName} (${number})`;
    const outwards = call.direction !== 'inbound';
    return {
      Id: call.callid,
      Caller: outwards ? inside : outside,
      Callee: outwards ? outside : inside,
      Status: establishedAt === null ? 'Routing' : 'Talking',
      EstablishedAt: establishedAt === null ? null : netInstant(establishedAt),
      LastChangeStatus: netInstant(changedAt),
      ServerNow: netInstant(pbx.clock.now()),
    };
  });
}

/** A cheap "anything new?" (3cx.md 4.3). */
export function lastCdr(pbx: Pbx): WireAnswer {
  const now = pbx.clock.now();
  const starts = pbx.calls.filter((call) => call.over && call.loggedAt <= now).map((call) => call.startedAt);
  return jsonAnswer(200, {
    LastCdrStartedAt: starts.length === 0 ? null : netInstant(Math.max(...starts)),
    LastChatMessageSentAt: null,
  });
}
