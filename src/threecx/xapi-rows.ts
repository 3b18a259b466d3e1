import { z } from 'zod';

// Every member but the ids is nullable in 3CX's OpenAPI, and some are absent in older builds (3cx.md section 4).
const text = z.string().nullish();
const integer = z.number().int().nullish();
const instant = z.string().nullish();

/** `Pbx.Recording`, the members in use. */
export const recordingRowSchema = z.object({
  Id: z.number().int(),
  StartTime: instant,
  EndTime: instant,
  FromDn: text,
  FromCallerNumber: text,
  ToDn: text,
  ToCallerNumber: text,
});
export type RecordingRow = z.infer<typeof recordingRowSchema>;

const reportRecordingSchema = z.object({ Id: z.number().int() });

/** `Pbx.CallLogData`, the members in use; history ids since 20.0.6, `Recordings` since 20.0.10. */
export const callLogRowSchema = z.object({
  SegmentId: integer,
  CallId: integer,
  CdrId: text,
  CallHistoryId: text,
  MainCallHistoryId: text,
  CallType: text,
  Direction: text,
  StartTime: instant,
  SourceType: integer,
  SourceDn: text,
  SourceCallerId: text,
  DestinationType: integer,
  DestinationDn: text,
  DestinationCallerId: text,
  RingingDuration: text,
  TalkingDuration: text,
  Answered: z.boolean().nullish(),
  SrcRecId: integer,
  DstRecId: integer,
  Recordings: z.array(reportRecordingSchema).nullish(),
});
export type CallLogData = z.infer<typeof callLogRowSchema>;

/** `Pbx.InboundCall`, the members in use; the report exists since 20.0.6. */
export const inboundCallSchema = z.object({
  CallHistoryId: text,
  StartTime: instant,
  SourceCallerId: text,
  DestinationDn: text,
  Did: text,
  TalkingDuration: text,
  RecordingId: integer,
  Recordings: z.array(reportRecordingSchema).nullish(),
});
export type InboundCall = z.infer<typeof inboundCallSchema>;
