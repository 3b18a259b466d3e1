import type { Bitrix24Client, CrmMatch } from '../../bitrix24/contract';
import { PeerError } from '../../domain/peer-error';
import type { ApiLab } from '../../../test/support/api-lab';
import { openApiLab } from '../../../test/support/api-lab';
import { newestRejected, sendTo } from '../../../test/support/webhook-sender';

const ivan: CrmMatch = { entityType: 'CONTACT', entityId: 15, name: 'Ivan Petrov', responsibleUserId: 1269 };

let lab: ApiLab;
let asked: string[];
let search: (digits: string, signal?: AbortSignal) => Promise<CrmMatch[]>;

beforeAll(async () => {
  const bitrix24 = {
    searchCrm: async ({ signal }, digits) => {
      asked.push(digits);
      return search(digits, signal);
    },
  } as Partial<Bitrix24Client> as Bitrix24Client;
  lab = await openApiLab({ bitrix24 });
});
afterAll(() => lab.close());
beforeEach(() => {
  asked = [];
  search = async () => [ivan];
});

let serial = 0;
const freshNumber = (): string => `+7 916 300-${String((serial += 1)).padStart(4, '0')}`;

async function lookUp(number: unknown, path = '/office/lookup'): Promise<{ contacts: unknown[] }> {
  const answer = await sendTo(lab, { path, body: JSON.stringify({ number }) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { contacts: unknown[] };
}

describe('the lookup of a ringing number', () => {
  it('answers who has it in Bitrix24, with the number as it was asked', async () => {
    const number = freshNumber();
    expect(await lookUp(number)).toEqual({
      contacts: [
        {
          phone: number,
          contactUrl: 'https://portal.example.com/crm/contact/details/15/',
          firstName: 'Ivan Petrov',
          lastName: '',
          companyName: '',
          entityId: '15',
          entityType: 'CONTACT',
        },
      ],
    });
    expect(asked).toEqual([number.replace(/\D/g, '')]);
  });

  it('names companies as companies, and nobody without a name', async () => {
    search = async () => [
      { ...ivan, entityType: 'COMPANY', name: 'Romashka' },
      { ...ivan, entityType: 'LEAD', name: '' },
    ];
    expect((await lookUp(freshNumber())).contacts).toMatchObject([
      { companyName: 'Romashka', firstName: '', contactUrl: expect.stringContaining('/crm/company/') },
      { companyName: '', firstName: 'Bitrix24 lead 15' },
    ]);
  });

  it('asks Bitrix24 once a minute, however many phones ring and however the number is spelt', async () => {
    const number = freshNumber();
    await Promise.all([
      lookUp(number),
      lookUp(number.replace('+7', '8')),
      lookUp(number.replace(/[ -]/g, '')),
    ]);
    expect(asked).toHaveLength(1);
  });

  it('takes a form and a query too', async () => {
    const number = freshNumber();
    const query = new URLSearchParams({ number }).toString();
    const form = await sendTo(lab, {
      path: '/office/lookup',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: query,
    });
    const get = await sendTo(lab, { method: 'GET', path: `/office/lookup?${query}` });
    for (const answer of [form, get])
      expect(await answer.json()).toMatchObject({ contacts: [{ phone: number }] });
  });

  it.each([undefined, '', '[Number]', '%CallerNumber%', 'anonymous', '101', {}, ['1'], 'x'.repeat(5_000)])(
    'knows nobody under %j, asks nobody, and keeps nothing',
    async (number) => {
      expect(await lookUp(number)).toEqual({ contacts: [] });
      expect(asked).toEqual([]);
      expect(await newestRejected(lab)).toBeUndefined();
    },
  );

  it('knows nobody when the body is no JSON, and keeps nothing', async () => {
    for (const body of ['{', '[]', Buffer.from([0xff])]) {
      const answer = await sendTo(lab, { path: '/office/lookup', body });
      expect([answer.status, await answer.json()]).toEqual([200, { contacts: [] }]);
    }
    expect(await newestRejected(lab)).toBeUndefined();
  });

  it('knows nobody while Bitrix24 refuses, and asks again the next time', async () => {
    const number = freshNumber();
    search = async () => {
      throw new PeerError('bitrix24', 'not-yet', 'portal-budget', { mend: 'Wait.' });
    };
    expect(await lookUp(number)).toEqual({ contacts: [] });
    search = async () => [ivan];
    expect((await lookUp(number)).contacts).toHaveLength(1);
  });

  it('does not wait for a portal that hangs', async () => {
    let aborted = false;
    search = (_digits, signal) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        }),
      );
    const startedMs = performance.now();
    expect(await lookUp(freshNumber())).toEqual({ contacts: [] });
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    expect(aborted).toBe(true);
  });

  it('is refused without a good token, for an unknown connection, and by another method', async () => {
    const path = '/office/lookup';
    const status = async (sent: Parameters<typeof sendTo>[1]): Promise<number> =>
      (await sendTo(lab, sent)).status;
    expect(await status({ path, headers: { 'x-webhook-token': 'wrong' } })).toBe(401);
    expect(await status({ path: '/nowhere/lookup' })).toBe(404);
    expect(await status({ path, method: 'PUT' })).toBe(405);
    expect(asked).toEqual([]);
  });

  it('writes no number into the log', async () => {
    const number = freshNumber();
    search = async () => {
      throw new Error('some trouble');
    };
    await lookUp(number);
    expect(lab.logged.join('\n')).not.toContain(number.replace(/\D/g, '').slice(-7));
  });
});
