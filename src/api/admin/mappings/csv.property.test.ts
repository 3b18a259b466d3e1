import fc from 'fast-check';
import { encode } from 'iconv-lite';
import { extensionKind } from './extension-kind';
import { lineKind } from './line-kind';
import { readCsv } from './read-csv';
import { writeCsv } from './write-csv';

const columns = ['extension', 'userId', 'name'];
const upload = (text: string, charset: string | null = null) => ({ bytes: Buffer.from(text), charset });
const read = (text: string) => readCsv(upload(text), columns, ['extension']);

/** Cells as people fill them: no blanks around, no control characters. */
const cell = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => text.replace(/\p{C}/gu, '').trim())
  .filter((text) => text !== '');
const nasty = fc.constantFrom(
  '=cmd|/C calc!A0',
  '+1+1',
  '-2',
  '@SUM(A1)',
  "'=1",
  "''-1",
  'a,b;c',
  '"q"',
  'x\ny',
  '+7 (495) 123-45-67',
);

describe('a CSV file', () => {
  it('comes back from the export as it went in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, fc.oneof(cell, nasty)), { maxLength: 20 }), (rows) => {
        const text = writeCsv(columns, rows);
        const back = read(text);
        expect(back.errors).toEqual([]);
        expect(back.rows.map(({ cells }) => columns.map((column) => cells[column]))).toEqual(rows);
      }),
    );
  });

  it('holds no cell that a spreadsheet would run', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.string()), { minLength: 3, maxLength: 3 }), (row) => {
        const written = writeCsv(columns, [row]).slice('extension,userId,name\r\n'.length);
        for (const value of written.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/))
          expect(value.replace(/^"/, '')).not.toMatch(/^[=@\t]|^[+-](?![0-9][0-9 ().-]*[",\r\n]*$)/);
      }),
    );
  });

  it('is read the same with comma or semicolon, in UTF-8 with or without mark, and in windows-1251', () => {
    const name = fc
      .string({
        unit: fc.constantFrom(...'абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВЯabc 1№'),
        minLength: 1,
        maxLength: 20,
      })
      .filter((text) => text.trim() === text);
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';'),
        (names, delimiter) => {
          const lines = names.map((one, index) =>
            [String(100 + index), String(index + 1), one].join(delimiter),
          );
          const text = [columns.join(delimiter), ...lines].join('\r\n');
          const expected = names.map((one) => one);
          const readings = [
            upload(text),
            upload(`\ufeff${text}`),
            { bytes: encode(text, 'windows-1251'), charset: 'windows-1251' },
            // Text of Latin letters only is the same in both.
            ...(/[а-я]/i.test(text) ? [{ bytes: encode(text, 'windows-1251'), charset: null }] : []),
          ];
          for (const reading of readings)
            expect(readCsv(reading, columns, ['extension']).rows.map(({ cells }) => cells.name)).toEqual(
              expected,
            );
        },
      ),
    );
  });

  it('never makes the reader throw, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const { rows, errors } = readCsv({ bytes: Buffer.from(bytes), charset: null }, columns, [
          'extension',
        ]);
        expect(rows.length === 0 || errors.length === 0 || errors.every(({ row }) => row > 1)).toBe(true);
      }),
    );
  });

  it('names rows as a spreadsheet counts them', () => {
    expect(read('extension,userId\n\n101,1,too,many\n').errors).toEqual([
      { row: 3, field: 'row', message: 'has more cells than the header' },
    ]);
    expect(read('extension,userId,name\n101,1,"a\nb"\n102,2,c').rows.map(({ row }) => row)).toEqual([2, 3]);
  });

  it.each([
    ['', 1, 'file', 'the file is empty'],
    ['\n\n', 1, 'file', 'the file is empty'],
    ['userId,name\n1,x', 1, 'extension', 'this column is missing'],
    ['extension,phone\n1,x', 1, 'phone', 'is not a known column'],
    ['extension,extension\n1,2', 1, 'extension', 'stands twice in the header'],
    ['extension,userId\n101,"1', 2, 'row', 'a quote is opened and never closed'],
    ['extension,userId\n101,1\n102,a"b"c', 3, 'row', 'has a quote in a place where none belongs'],
    [`extension,name\n101,${'x'.repeat(20_000)}`, 2, 'row', 'is too long'],
  ])('says what is wrong with %j', (text, row, field, message) => {
    expect(read(text)).toEqual({ rows: [], errors: [{ row, field, message }] });
  });

  it('takes a header in any order and letter case', () => {
    expect(read('NAME; UserID ;Extension\nx;1;101').rows).toEqual([
      { row: 2, cells: { name: 'x', userId: '1', extension: '101' } },
    ]);
  });

  it('refuses more rows than it can take in one piece', () => {
    expect(read(`extension\n${'1\n'.repeat(10_001)}`).errors).toHaveLength(1);
  });

  it('is refused in a charset that nobody can mean', () => {
    expect(() => readCsv(upload('extension\n1', 'utf-16'), columns, [])).toThrow();
  });
});

describe('rows of each kind', () => {
  const extensions = extensionKind({ extensions: {} as never });
  const lines = lineKind({ lines: {} as never });
  const name = fc.option(
    fc.string({ minLength: 1, maxLength: 50 }).filter((text) => text.trim() === text && !/\p{C}/u.test(text)),
    { nil: undefined },
  );
  const userId = fc.integer({ min: 1, max: 1_000_000 });
  const without = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

  it('come back from their cells', () => {
    const extension = fc.oneof(
      fc.record({ userId, name }),
      fc.record({ kind: fc.constantFrom('queue', 'ignore'), name }),
    );
    fc.assert(
      fc.property(extension, (value) => {
        const cells = extensions.csv.toCells({ key: '101', value: without(value) as never, origin: 'x' });
        expect(extensions.valueSchema.parse(extensions.csv.fromCells(filled(cells)))).toEqual(without(value));
      }),
    );
    const line = fc.record({
      lineNumber: fc.stringMatching(/^[0-9]{1,15}$/),
      name,
      crmCreate: fc.option(fc.constantFrom('always', 'inbound', 'outbound', 'never'), { nil: undefined }),
      fallbackUserId: fc.option(userId, { nil: undefined }),
    });
    fc.assert(
      fc.property(line, (value) => {
        const cells = lines.csv.toCells({ key: '+74951234567', value: without(value) as never, origin: 'x' });
        expect(lines.valueSchema.parse(lines.csv.fromCells(filled(cells)))).toEqual(without(value));
      }),
    );
  });

  function filled(cells: Record<string, string>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(cells).filter(
        ([column, value]) => value !== '' && column !== 'extension' && column !== 'did',
      ),
    );
  }
});
