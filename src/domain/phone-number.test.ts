import fc from 'fast-check';
import { getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/examples.mobile.json';
import { isNumberOf, nationalDigits, normaliseNumber, spellingsOf } from './phone-number';

const digits = (raw: string, country = 'RU'): string => normaliseNumber(raw, country).digits;

describe('a Russian mobile number', () => {
  it.each([
    '+79991234567',
    '79991234567',
    '89991234567',
    '9991234567',
    '8 (999) 123-45-67',
    '+7 (999) 123-45-67',
    '8-999-123-45-67',
    '00 7 999 123 45 67',
    '0079991234567',
    '+89991234567',
    ' +7 999 123 45 67\r\n',
    'tel:+7-999-123-45-67',
    'tel:9991234567;phone-context=+7',
    'sip:+79991234567@pbx.example',
    'sips:%2B79991234567@pbx.example:5061;transport=tls',
    '"Ivan 5" <sip:+79991234567@10.0.0.1>',
    '<sip:89991234567@pbx>',
    '89991234567@pbx.example',
    '"+79991234567"',
    "'89991234567'",
    'Ivan (89991234567)',
    'Ivan Petrov +7 999 123-45-67',
    '+79991234567, +74951112233',
    '+79991234567;+74951112233',
    '+7 999 123-45-67 / 68',
    '+7 999 123-45-67 ext. 12',
    '+7 999 123-45-67 доб. 12',
    '+79991234567;ext=12',
    '+7 999 123 45 67 x12',
    '*31#89991234567',
    '#31#+79991234567',
    '79991234567#',
    '+７９９９１２３４５６７',
    '８９９９１２３４５６７',
    '+٧٩٩٩١٢٣٤٥٦٧',
    '۸۹۹۹۱۲۳۴۵۶۷',
    '\u200e+7999\u200f1234567\u202c',
    '+7\u2060999\ufeff1234567',
    '+7\u00a0999\u2011123\u201345\u201267',
  ])('is read from %j', (raw) => {
    expect(normaliseNumber(raw, 'RU')).toEqual({ digits: '79991234567', kind: 'e164' });
  });
});

describe('numbers of other plans', () => {
  it.each([
    ['+49 30 123456', 'RU', '4930123456'],
    ['0049 30 123456', 'RU', '4930123456'],
    ['810 49 30 1234567', 'RU', '49301234567'],
    ['030 1234567', 'DE', '49301234567'],
    ['49301234567', 'DE', '49301234567'],
    ['011 33 1 23 45 67 89', 'US', '33123456789'],
    ['(212) 555-0123', 'US', '12125550123'],
    ['06 12345678', 'IT', '390612345678'],
    ['+39 06 12345678', 'RU', '390612345678'],
    ['8 701 123 45 67', 'KZ', '77011234567'],
    ['8 701 123 45 67', 'RU', '77011234567'],
    ['8-800-555-35-35', 'RU', '78005553535'],
    ['712345', 'AD', '376712345'],
    ['+883 5100 1234 5678', 'RU', '883510012345678'],
    ['883510012345678', 'RU', '883510012345678'],
    ['447911123456', 'RU', '447911123456'],
  ])('%j called at home in %s is %s', (raw, country, expected) => {
    expect(normaliseNumber(raw, country)).toEqual({ digits: expected, kind: 'e164' });
  });

  it('takes ranges that the metadata does not know yet when their length fits', () => {
    expect(digits('+71234567890')).toBe('71234567890');
    expect(digits('71234567890')).toBe('71234567890');
    expect(digits('81234567890')).toBe('71234567890');
  });

  it('leaves a number without any prefix as dialled when the own plan does not know it', () => {
    expect(normaliseNumber('2125550123', 'RU')).toEqual({ digits: '2125550123', kind: 'unknown' });
    expect(normaliseNumber('2345678', 'RU')).toEqual({ digits: '2345678', kind: 'unknown' });
  });

  it('understands only international numbers where the country is unknown', () => {
    expect(normaliseNumber('+79991234567', 'XX')).toEqual({ digits: '79991234567', kind: 'e164' });
    expect(normaliseNumber('89991234567', 'XX').digits).toBe('89991234567');
  });
});

describe('short numbers', () => {
  it.each([
    ['101', '101'],
    ['0101', '0101'],
    ['112', '112'],
    ['8800', '8800'],
    ['*77', '*77'],
    ['*31#', '*31#'],
    ['Ext.101', '101'],
    ['ext 101', '101'],
    ['EXT:101', '101'],
    ['+101', '101'],
    ['000', '000'],
    ['<sip:101@10.0.0.1:5060>', '101'],
    ['"Ivan" <sip:101@pbx>', '101'],
    ['tel:101;phone-context=pbx.example', '101'],
    ['101 Ivan Petrov', '101'],
    ['301234', '301234'],
  ])('%j stays %s', (raw, expected) => {
    expect(normaliseNumber(raw, 'RU')).toEqual({ digits: expected, kind: 'short' });
    expect(normaliseNumber(raw, 'DE').digits).toBe(expected);
  });
});

describe('callers without number', () => {
  it.each([
    '',
    ' ',
    '+',
    '-',
    'anonymous',
    'Anonymous',
    'unknown',
    'Restricted',
    'Withheld',
    'private',
    'number withheld',
    'sip:anonymous@anonymous.invalid',
    '"Anonymous" <sip:anonymous@anonymous.invalid>',
    'Скрытый номер',
    '\u200e',
    '\r\n',
    '0000000000',
  ])('%j is anonymous', (raw) => {
    expect(normaliseNumber(raw, 'RU').digits).toBe('');
  });

  it.each(['anonymous', 'Restricted', '', '+', 'Скрытый номер', 'sip:anonymous@anonymous.invalid'])(
    '%j is known to be hidden on purpose',
    (raw) => expect(normaliseNumber(raw, 'RU').kind).toBe('anonymous'),
  );

  it.each(['Ivan', 'john7', 'sip:john7@pbx'])('%j is no number at all', (raw) => {
    expect(normaliseNumber(raw, 'RU')).toEqual({ digits: '', kind: 'unknown' });
  });
});

describe('numbers that fit no plan', () => {
  it('stay as dialled up to 32 digits', () => {
    expect(normaliseNumber('1'.repeat(25), 'RU')).toEqual({ digits: '1'.repeat(25), kind: 'unknown' });
    expect(normaliseNumber('1'.repeat(33), 'RU')).toEqual({ digits: '', kind: 'unknown' });
    expect(normaliseNumber('9'.repeat(10_000), 'RU').digits).toBe('');
  });
});

describe('any text', () => {
  const country = fc.constantFrom('RU', 'DE', 'US', 'IT', 'KZ', 'AD', 'XX', '');
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'0123456789+*#()- ,;@<>"extsip:.\u200e\n') }),
  );

  it('gives digits, stars and hashes only, and never an error', () => {
    fc.assert(
      fc.property(text, country, (raw, home) => {
        const number = normaliseNumber(raw, home);
        expect(number.digits).toMatch(/^[0-9*#]{0,32}$/);
        for (const spelling of spellingsOf(raw, home)) expect(spelling).toMatch(/^[0-9]+$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('is answered in time however it is built', () => {
    const evil = ['(', ' ', '1 ', 'ext', '<', 'доб.', 'x1', '+1', '""', '*#'].map((part) =>
      part.repeat(20_000),
    );
    const started = process.hrtime.bigint();
    for (const raw of evil) normaliseNumber(raw, 'RU');
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1_000);
  });
});

/** Numbers of a country's own plan, made from its example by changing the last four digits. */
const ownNumber = fc
  .tuple(fc.constantFrom('RU', 'KZ', 'DE', 'US', 'GB', 'FR', 'ES', 'UA', 'BY', 'UZ'), fc.nat({ max: 9999 }))
  .map(([country, tail]) => {
    const example = getExampleNumber(country as 'RU', examples)!;
    const national = example.nationalNumber.slice(0, -4) + String(tail).padStart(4, '0');
    return { country, code: example.countryCallingCode as string, national };
  })
  .filter(({ country, code, national }) => isNumberOf(country, code + national));

describe('any number of the own country', () => {
  it('has one form, however it is spelled, and that form changes no more', () => {
    fc.assert(
      fc.property(ownNumber, ({ country, code, national }) => {
        const expected = { digits: code + national, kind: 'e164' };
        const spelled = [
          `+${code}${national}`,
          `00${code}${national}`,
          code + national,
          ...spellingsOf(code + national, country),
        ];
        for (const raw of spelled) expect([raw, normaliseNumber(raw, country)]).toEqual([raw, expected]);
      }),
    );
  });

  it('is among the spellings of every way to write it, E.164 first', () => {
    fc.assert(
      fc.property(ownNumber, ({ country, code, national }) => {
        const written = spellingsOf(`+${code}${national}`, country);
        expect(written[0]).toBe(code + national);
        for (const spelling of written)
          expect(spellingsOf(spelling, country)).toEqual(expect.arrayContaining(written));
      }),
    );
  });
});

describe('normalising again', () => {
  it('changes nothing for international numbers of other countries either, unless they are ours without the plus', () => {
    fc.assert(
      fc.property(ownNumber, ({ country, code, national }) => {
        const home = country === 'RU' || country === 'KZ' ? 'DE' : 'RU';
        const once = normaliseNumber(`+${code}${national}`, home).digits;
        fc.pre(!isNumberOf(home, once));
        expect(normaliseNumber(once, home).digits).toBe(once);
      }),
    );
  });
});

describe('the spellings of a DID', () => {
  it('hold what an admin may have written', () => {
    expect(spellingsOf('+7 (495) 123-45-67', 'RU')).toEqual([
      '74951234567',
      '0074951234567',
      '84951234567',
      '4951234567',
    ]);
  });

  it('hold no national form of another country', () => {
    expect(spellingsOf('+49 30 1234567', 'RU')).toEqual(['49301234567', '0049301234567', '81049301234567']);
  });

  it('are the digits themselves where no plan knows them', () => {
    expect(spellingsOf('800', 'RU')).toEqual(['800']);
    expect(spellingsOf('10000', 'RU')).toEqual(['10000']);
    expect(spellingsOf('Trunk', 'RU')).toEqual([]);
  });
});

describe('the national digits', () => {
  it('lack the country code', () => {
    expect(nationalDigits('79991234567')).toBe('9991234567');
    expect(nationalDigits('101')).toBeNull();
    expect(nationalDigits('')).toBeNull();
  });
});
