import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const src = path.resolve(__dirname, '../../src');

/** Names of what must not be told from its like by the time that a comparison takes. */
const secretName = /(token|secret|password|signature|digest|apiKey)s?$/i;
/** What a comparison may name beside it: whether there is one, or a word of ours; not what it is. */
const harmless = /^(null|undefined|['"`]|SECRET_MASK|\d|true|false)/;

/** Comparisons that leave as soon as two characters differ, of what has a secret's name. */
function suspects(code: string): string[] {
  const operand = String.raw`[A-Za-z_$][\w$]*(?:[!?]?\.[\w$]+|\[[^\]]*\]|!)*(?:\([^()]*\))?`;
  const compared = new RegExp(`(typeof )?(${operand})\\s*[!=]==?\\s*([^\\s;)&|,?]+)`, 'g');
  const searched = new RegExp(`(${operand})\\.(?:includes|indexOf|has|startsWith)\\((${operand})\\)`, 'g');
  const nameOf = (text: string): string =>
    text
      .replace(/[!()[\]'"]/g, '')
      .split('.')
      .at(-1)!;
  const isSecret = (text: string): boolean => secretName.test(nameOf(text));
  return [
    ...[...code.matchAll(compared)].filter(
      ([, type, left, right]) =>
        type === undefined && (isSecret(left!) || isSecret(right!)) && !harmless.test(right!),
    ),
    ...[...code.matchAll(searched)].filter(([, , sought]) => isSecret(sought!)),
  ].map(([whole]) => whole);
}

const files = readdirSync(path.join(src, 'api'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => path.join('api', file));

describe('where requests come in', () => {
  it.each(files)('%s compares no secret character by character', (file) => {
    expect(suspects(readFileSync(path.join(src, file), 'utf8'))).toEqual([]);
  });

  it.each([
    'if (sent === connection.webhookToken) return;',
    'return auth.applicationToken !== told;',
    'if (hash == key.digest) go();',
    'connection.webhookTokens.includes(token)',
    'known.has(secret)',
    'parts[2] === signature',
  ])('would be seen: %s', (code) => {
    expect(suspects(code)).toHaveLength(1);
  });

  it('what is compared is compared as a digest of one length', () => {
    const through = files.filter((file) =>
      readFileSync(path.join(src, file), 'utf8').includes('timingSafeEqual'),
    );
    expect(through.sort()).toEqual([
      'api/codec/session.ts',
      'api/webhooks/portal-form.ts',
      'api/webhooks/webhook-token.ts',
    ]);
  });
});
