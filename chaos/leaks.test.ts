import { LeakSearch } from './leaks';

const calls = [{ number: '79167770001' }, { number: '79167770002' }, { number: '000' }];

function search(texts: [where: string, text: string][]): string[] {
  const one = new LeakSearch({ 'the webhook token': 'hook-token-1', 'no secret': '' }, calls);
  for (const [where, text] of texts) one.look(where, text);
  return one.leaks.map(({ where, what, count }) => `${where}: ${what} ${count}`);
}

describe('the search for leaks', () => {
  it('finds nothing in texts that name nobody', () => {
    expect(
      search([
        ['log', '{"msg":"The call …01 is finished","at":1700000000000}'],
        ['metrics', 'calls_total{extension="101"} 4'],
        ['log', 'a number of nobody: 79167770009, and half of one: 916777000'],
      ]),
    ).toEqual([]);
  });

  it('finds secrets and numbers in any spelling, adds them up over the pieces of a text, and shows neither', () => {
    expect(
      search([
        ['log', 'Bearer hook-token-1; to +79167770002 or 8-9167770002'],
        ['log', 'again 9167770001'],
        ['database', 'hook-token-1hook-token-1'],
      ]),
    ).toEqual(['log: the webhook token 1', 'log: a phone number 3', 'database: the webhook token 2']);
  });

  it('says by how much the pieces of a long text must overlap', () => {
    expect(new LeakSearch({ long: 'x'.repeat(50) }, calls).longest).toBe(50);
    expect(new LeakSearch({}, calls).longest).toBe(10);
  });
});
