import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SentFields } from '../../src/threecx/dialects/sent-fields';
import { connectionInputSchema } from '../../src/domain/connection';
import { accepted } from '../support/read-webhook';

const file = path.resolve(__dirname, '../../docs/3cx-setup.md');
const text = readFileSync(file, 'utf8');

/** Blocks to copy: language, what the block is, its content. */
const blocks = [...text.matchAll(/^ *```(\w+) ?(.*)\n([\s\S]*?)^ *```$/gm)].map(
  ([, language, kind, content]) => ({
    language: language!,
    kind: kind!,
    content: content!.trim(),
  }),
);
const events = blocks.filter(({ kind }) => kind.startsWith('event'));

const fieldsOf = ({ language, content }: (typeof blocks)[number]): Record<string, unknown> =>
  language === 'json'
    ? (JSON.parse(content) as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(content));

describe('every body that the set-up guide shows', () => {
  it('says what it is', () => {
    const bodies = blocks.filter(({ language }) => language !== 'sh');
    expect(
      bodies
        .map(({ kind }) => kind)
        .filter((kind) => !/^(event(=|-in-body$)|lookup$|connection$)/.test(kind)),
    ).toEqual([]);
    expect(events.length).toBeGreaterThanOrEqual(10);
  });

  it.each(events.map((block, index) => [index, block.kind, block] as const))(
    'is understood whole: %i, %s',
    (_index, kind, block) => {
      const event = kind === 'event-in-body' ? null : kind.replace('event=', '');
      const reading = accepted(event, fieldsOf(block));
      // Nothing shown is without effect, save what other programs send anyway.
      const foreign = { app: true, usertype: true, id: true } as Record<string, boolean>;
      const named = Object.keys(fieldsOf(block)).filter((name) => foreign[name] !== true);
      expect(
        new SentFields(Object.fromEntries(named.map((name) => [name, 'x'])), { extension: ['user'] }).ignored,
      ).toBe(0);
      expect(reading.ref.callId).toMatch(/^(report-|00000000-01dc-27dd-cc8a-799100000029$)/);
    },
  );

  it('tells one and the same call, whichever set-up sends it', () => {
    const ends = events
      .map(
        (block) =>
          accepted(block.kind === 'event-in-body' ? null : block.kind.slice(6), fieldsOf(block)).event,
      )
      .filter(({ event }) => event === 'call-ended' || event === 'call-report');
    expect(ends.length).toBeGreaterThanOrEqual(4);
    for (const end of ends) {
      expect(end).toMatchObject({
        extension: '101',
        callerNumber: '79161234567',
        durationSeconds: 65,
        direction: 'inbound',
      });
      expect(['answered', '200']).toContain(end.status);
    }
  });

  it('is a number to look up, or a change of a connection that is taken', () => {
    const lookup = blocks.find(({ kind }) => kind === 'lookup')!;
    expect(new SentFields(fieldsOf(lookup)).read('callerNumber')).toBe('+79161234567');
    const { threecx } = fieldsOf(blocks.find(({ kind }) => kind === 'connection')!) as { threecx: object };
    const taken = connectionInputSchema.parse({
      threecx: { baseUrl: 'https://pbx.example.com', ...threecx },
      bitrix24: { auth: { kind: 'webhook', url: 'https://portal.example.com/rest/1/secret/' } },
      rules: { fallbackUserId: 1 },
    });
    expect(taken.threecx.callControl).toBe(true);
  });
});

it('the guide’s links lead to files and headings that exist', () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => `#${slug(heading!)}`);
  for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g)) {
    if (target!.startsWith('#')) expect(anchors).toContain(target);
    else expect([target, existsSync(path.resolve(path.dirname(file), target!))]).toEqual([target, true]);
  }
});
