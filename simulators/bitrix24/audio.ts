/** How many bytes the content check looks at. */
export const sniffedBytes = 16;

/** Whether content looks like a sound file: MP3 (tag or frame sync), WAV or FLAC by their first bytes. */
export function looksLikeAudio(head: Buffer): boolean {
  const text = head.toString('latin1');
  if (text.startsWith('ID3') || text.startsWith('fLaC')) return true;
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE') return true;
  return head.length >= 2 && head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0;
}

/**
 * PHP's lenient `base64_decode`: foreign characters are skipped, so garbage that decodes to something is accepted
 * (reference section 5.3).
 */
export function lenientBase64(text: string): Buffer {
  const clean = /[^A-Za-z0-9+/]/.test(text) ? text.replace(/[^A-Za-z0-9+/]/g, '') : text;
  return Buffer.from(clean, 'base64');
}
