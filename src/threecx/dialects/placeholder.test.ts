import { isPlaceholder } from './placeholder';

describe('a placeholder', () => {
  it.each([
    '%CallId%',
    '%call_id_saved%',
    '%Ext%',
    '%CallerNumber%',
    '%X%',
    '%number',
    'call-%CallId%',
    '[X]',
    '[Agent]',
    '[]',
    '[Number]',
    'call-[CallStartTimeUTC]',
    '[[CallStartTimeUTC].ToString("yyyy-MM-ddTHH:mm:ssZ")]',
    '[DurationTimespan]s',
  ])('is seen in %s', (text) => {
    expect(isPlaceholder(text)).toBe(true);
  });

  it.each([
    'a1',
    '100%',
    '%',
    '%%',
    '50%-60%',
    '%D0%9F%D0%B5',
    'a%20b%20c',
    'sip:%2B79991234567@pbx',
    'x[1]',
    'sip:101@[fe80::1]',
    '"Ivan [VIP]" <sip:101@pbx>',
  ])('is not seen in %s', (text) => {
    expect(isPlaceholder(text)).toBe(false);
  });
});
