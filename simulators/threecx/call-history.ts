import { loggedCalls, requireShortRange, visibleRecordingId } from './call-log';
import { rangeOf } from './odata-filter';
import type { Filter } from './odata-filter';
import type { Collection } from './odata-query';
import type { FieldType, Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import type { Leg, Party } from './pbx-state';
import { isoDuration, netInstant } from './pbx-time';

const sideFields: Record<string, FieldType> = {
  Dn: 'text',
  DnType: 'int',
  CallerNumber: 'text',
  DisplayName: 'text',
  ExtendedDisplayName: 'text',
  External: 'bool',
  Internal: 'bool',
  Id: 'int',
  ParticipantId: 'int',
  RecId: 'int',
};

/** Members of a segment: recording ids, but no history id (3cx.md 4.3). */
export const callHistorySchema: Schema = {
  name: 'CallHistoryView',
  fields: {
    SegmentId: 'int',
    SegmentType: 'int',
    SegmentStartTime: 'instant',
    SegmentEndTime: 'instant',
    SegmentActionId: 'int',
    CallTime: 'duration',
    CallAnswered: 'bool',
    ...Object.fromEntries(
      ['Src', 'Dst'].flatMap((side) =>
        Object.entries(sideFields).map(([name, type]) => [`${side}${name}`, type]),
      ),
    ),
  },
};

/** A question without a beginning, or over a long time, ends in the proxy's 504. */
export function requireShortHistory(pbx: Pbx, filter: Filter | null): void {
  const { from, to } = rangeOf(filter, 'SegmentStartTime');
  requireShortRange(pbx, { from, to: Math.min(to, pbx.clock.now()) });
}

/** The segments of all logged calls. */
export function callHistory(pbx: Pbx): Collection<Leg> {
  return {
    schema: callHistorySchema,
    items: loggedCalls(pbx, { from: -Infinity, to: Infinity }).flatMap((call) => call.legs),
    toRow: (leg) => ({
      SegmentId: leg.rowId,
      SegmentType: 1,
      SegmentStartTime: netInstant(leg.startedAt),
      SegmentEndTime: netInstant(leg.endedAt),
      SegmentActionId: leg.answeredAt === null ? 3 : 1,
      CallTime: isoDuration(leg.answeredAt === null ? 0 : leg.endedAt - leg.answeredAt),
      CallAnswered: leg.answeredAt !== null,
      ...side('Src', leg.source, leg.rowId * 2, recordingOf(pbx, leg, 'Src')),
      ...side('Dst', leg.destination, leg.rowId * 2 + 1, recordingOf(pbx, leg, 'Dst')),
    }),
  };
}

function recordingOf(pbx: Pbx, leg: Leg, side: 'Src' | 'Dst'): number | null {
  const recorded = leg.destination.kind === 'outside' ? 'Src' : 'Dst';
  return side === recorded ? visibleRecordingId(pbx, leg) : null;
}

function side(name: 'Src' | 'Dst', party: Party, participantId: number, recordingId: number | null): Row {
  const outside = party.kind === 'outside';
  return {
    [`${name}Dn`]: party.dn,
    [`${name}DnType`]: outside ? 1 : party.kind === 'group' ? 4 : 0,
    [`${name}CallerNumber`]: outside ? party.number : `Ext.${party.number}`,
    [`${name}DisplayName`]: party.name,
    [`${name}ExtendedDisplayName`]: party.name,
    [`${name}External`]: outside,
    [`${name}Internal`]: !outside,
    [`${name}Id`]: participantId,
    [`${name}ParticipantId`]: participantId,
    [`${name}RecId`]: recordingId,
  };
}
