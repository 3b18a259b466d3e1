import type { Delivery, ExpectedCall } from '../simulators/threecx/play-options';
import type { CallContext } from './expected';
import { callToFind } from './expected';

const played: ExpectedCall = {
  scenario: 'inbound-answered',
  callId: 'a1',
  historyId: 'h1',
  mainHistoryId: 'h1',
  callid: 1,
  ignored: false,
  direction: 'inbound',
  callerNumber: '79167770001',
  did: '74951234567',
  rang: ['101'],
  extension: '101',
  status: 'answered',
  startedAt: '2026-11-25T10:00:00.700Z',
  answeredAt: '2026-11-25T10:00:05.000Z',
  endedAt: '2026-11-25T10:00:15.000Z',
  durationSeconds: 10,
  recordings: [],
};
const told = (event: string, status: number): Delivery => ({ event, status, historyId: 'h1' }) as Delivery;

function find(call: Partial<ExpectedCall> = {}, context: Partial<CallContext> = {}): unknown {
  return callToFind(
    { ...played, ...call },
    {
      cleanFromMs: null,
      dismissed: undefined,
      deliveries: [told('call-ended', 202)],
      isLogged: () => true,
      readRecording: () => Buffer.alloc(50),
      ...context,
    },
  );
}

describe('what the portal must show of a call', () => {
  it('is what the PBX played, in Bitrix24’s coding', () => {
    expect(find()).toEqual({
      callId: 'a1',
      externalCallId: 'chaos/a1',
      scenario: 'inbound-answered',
      userId: 1269,
      number: '79167770001',
      lineNumber: '74951234567',
      type: 2,
      statusCode: '200',
      durationSeconds: 10,
      startedAtMs: Date.parse('2026-11-25T10:00:00Z'),
      recordingSha256: null,
      cleanFromMs: null,
    });
    expect(find({ ignored: true })).toBeNull();
  });

  it('belongs to the first who rang when nobody talked, and to nobody’s user when nobody rang', () => {
    expect(find({ extension: null, rang: ['201', '101'] })).toMatchObject({ userId: 1280 });
    expect(find({ extension: null, rang: [] })).toMatchObject({ userId: 1 });
  });

  it('belongs to the fallback user when its owner was dismissed, to either when he may have been back', () => {
    expect(find({}, { dismissed: true })).toMatchObject({ userId: 1 });
    expect(find({}, { dismissed: false })).toMatchObject({ userId: 1269, orUserId: 1 });
  });

  it('may have the code of the call log only when nobody took its end', () => {
    const call = { direction: 'outbound', status: 'cancelled' } as const;
    expect(find(call)).not.toHaveProperty('orStatusCode');
    for (const deliveries of [
      [],
      [told('call-ended', 0)],
      [told('call-ended', 503), told('call-started', 202)],
    ])
      expect(find(call, { deliveries })).toMatchObject({ statusCode: '603-S', orStatusCode: '480' });
  });

  it('can be known to nobody when nobody took its end and the PBX logs nothing of it', () => {
    const isLogged = (): boolean => false;
    const deliveries = [told('call-started', 202)];
    expect(find({}, { isLogged, deliveries })).toMatchObject({ untraceable: true });
    expect(find({}, { isLogged })).not.toHaveProperty('untraceable');
    expect(find({}, { deliveries })).not.toHaveProperty('untraceable');
  });
});
