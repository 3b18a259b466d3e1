import type { SentFields } from './sent-fields';
import { asText } from './sent-fields';
import { isPlaceholder } from './placeholder';

/** What the names of a recording tell: that there is one, and under which id if an id was told. */
export interface RecordingReading {
  told: boolean;
  id: string | undefined;
}

/**
 * Reads `recordingId` and its aliases. An id is letters, digits, dot, hyphen and underscore; an address, or a list of
 * them as add-ons send it in `FILES`, tells only that there is a recording: nothing in it is ever called.
 */
export function readRecording(fields: SentFields): RecordingReading {
  let told = false;
  let id: string | undefined;
  for (const { name, value } of fields.sent('recordingId')) {
    const isList = /^file/i.test(name) && Array.isArray(value);
    const texts = (isList ? (value as unknown[]) : [value]).map(asText);
    if (texts.includes(undefined) && !isList) fields.refuse('recordingId', 'must be text', name);
    for (const text of texts) {
      if (text === undefined || text === '') continue;
      if (isPlaceholder(text)) fields.refusePlaceholder('recordingId', name);
      told = true;
      if (id === undefined && isId(text)) id = text;
    }
  }
  return { told, id };
}

function isId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text) && !text.includes('..');
}
