import type { Party, Recording } from './pbx-state';
import { rangeOf } from './odata-filter';
import type { Filter } from './odata-filter';
import type { Collection } from './odata-query';
import type { Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import { netInstant } from './pbx-time';
import { isSince } from './switches';

const partyFields = {
  Dn: 'text',
  DnType: 'int',
  CallerNumber: 'text',
  DidNumber: 'text',
  DisplayName: 'text',
  CrmContact: 'text',
  IdParticipant: 'int',
} as const;

/** Members of a recording in this release: `CallType` is missing in 20.0.7 and 20.0.8 (3cx.md 4.1). */
export function recordingSchema(pbx: Pbx): Schema {
  const sides = ['From', 'To'].flatMap((side) =>
    Object.entries(partyFields).map(([name, type]) => [`${side}${name}`, type] as const),
  );
  return {
    name: 'Recordings',
    fields: {
      Id: 'int',
      RecordingUrl: 'text',
      ArchivedUrl: 'text',
      IsArchived: 'bool',
      StartTime: 'instant',
      EndTime: 'instant',
      ...(hasCallType(pbx) && { CallType: 'enum' as const }),
      ...Object.fromEntries(sides),
      RefParticipantId: 'int',
      ...(isSince(pbx.switches, '20.0.7') && { IsTranscribed: 'bool' as const }),
      ...(isSince(pbx.switches, '20.0.8') && { CanBeTranscribed: 'bool' as const }),
      TranscriptionResult: 'int',
      Transcription: 'text',
      Summary: 'text',
      SentimentScore: 'int',
    },
  };
}

/**
 * The recordings that can be listed now, by id. There is no call id in them, and no duration or size.
 *
 * @param filter only those that it may let pass are made into rows.
 */
export function recordingCollection(pbx: Pbx, filter: Filter | null): Collection<Recording> {
  const now = pbx.clock.now();
  const schema = recordingSchema(pbx);
  const names = Object.keys(schema.fields);
  const start = rangeOf(filter, 'StartTime');
  const ids = rangeOf(filter, 'Id');
  return {
    schema,
    items: pbx.recordings
      .filter(({ id, startedAt, rowAt }) => rowAt <= now && within(ids, id) && within(start, startedAt))
      .sort((a, b) => a.id - b.id),
    toRow: (recording) => {
      const row = recordingRow(recording, now);
      for (const name of pbx.switches.nullRecordingFields) if (name !== 'Id' && name in row) row[name] = null;
      return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
    },
  };
}

function within(range: { from: number; to: number }, value: number): boolean {
  return value >= range.from && value <= range.to;
}

function hasCallType(pbx: Pbx): boolean {
  return !['20.0.7', '20.0.8'].includes(pbx.switches.version);
}

const callTypes = { internal: 'Local', inbound: 'InboundExternal', outbound: 'OutboundExternal' } as const;

function recordingRow(recording: Recording, now: number): Row {
  const transcribed = recording.transcriptAt <= now;
  // The side that was recorded is the extension's.
  const recordedSide = recording.direction === 'outbound' ? 0 : 1;
  return {
    Id: recording.id,
    RecordingUrl: recordingPath(recording),
    ArchivedUrl: recording.archived ? `archive/${recording.id}.wav` : null,
    IsArchived: recording.archived,
    StartTime: netInstant(recording.startedAt),
    EndTime: netInstant(recording.endedAt),
    CallType: callTypes[recording.direction],
    ...side(
      'From',
      recording.from,
      recording.direction === 'inbound' ? recording.did : null,
      recording.id * 2,
    ),
    ...side('To', recording.to, null, recording.id * 2 + 1),
    RefParticipantId: recording.id * 2 + recordedSide,
    IsTranscribed: transcribed,
    CanBeTranscribed: !transcribed,
    TranscriptionResult: transcribed ? 1 : null,
    Transcription: transcribed ? 'Good morning. Good morning, what can I do for you?' : null,
    Summary: transcribed ? 'Greetings were exchanged.' : null,
    SentimentScore: transcribed ? 3 : null,
  };
}

function side(name: 'From' | 'To', party: Party, did: string | null, participantId: number): Row {
  return {
    [`${name}Dn`]: party.dn,
    [`${name}DnType`]: party.kind === 'outside' ? 1 : 0,
    [`${name}CallerNumber`]: party.kind === 'outside' ? party.number : `Ext.${party.number}`,
    [`${name}DidNumber`]: did,
    [`${name}DisplayName`]: party.name,
    [`${name}CrmContact`]: null,
    [`${name}IdParticipant`]: participantId,
  };
}

/** The file name as the PBX makes it, with the integer callid in brackets (3cx.md 4.4). */
export function recordingFileName(recording: Recording): string {
  const digits = (party: Party): string => party.number.replace(/\D/g, '') || 'anonymous';
  const at = new Date(recording.startedAt).toISOString().replace(/\D/g, '').slice(0, 14);
  const name = (recording.from.name ?? '').replace(/[^\w .-]/g, '');
  return `[${name}]_${digits(recording.from)}-${digits(recording.to)}_${at}(${recording.callid}).wav`;
}

function recordingPath(recording: Recording): string {
  return `${recording.extension}/${recordingFileName(recording)}`;
}
