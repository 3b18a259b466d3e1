import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually';
import type { Lab } from './harness';
import { answered, callStart, ended, event, FakeWorld, openLab } from './harness';

let world: FakeWorld;
let lab: Lab;

beforeEach(async () => {
  world = new FakeWorld();
  lab = await openLab(world);
});
afterEach(() => lab.close());

describe('the card of a call', () => {
  it('is shown on the phones of a ring group by one request and stays with the one who answers', async () => {
    const callId = randomUUID();
    await lab.send(callId, event('call-ringing', { ...callStart, extension: '201' }));
    await eventually(() => world.registered.length === 1, 'the call is registered at the first ring');
    await lab.send(
      callId,
      event('call-ringing', { extension: '202' }),
      event('call-ringing', { extension: '203' }),
    );
    await eventually(() => world.named('updateCards').length > 0, 'the others see the card');
    await lab.send(
      callId,
      event('call-answered', { extension: '203', answeredAt: '2026-11-24T09:00:10+03:00' }),
    );
    await eventually(
      () => world.named('updateCards').some((step) => (step.input as { hide: number[] }).hide.length > 0),
      'cards are hidden',
    );
    const handle = await lab.send(callId, ended('203'));
    await handle.result();
    const cards = world.named('updateCards').map((step) => step.input as { show: number[]; hide: number[] });
    expect(cards.flatMap((card) => card.show).sort()).toEqual([1202, 1203]);
    expect(cards.flatMap((card) => card.hide).sort()).toEqual([1201, 1202]);
    expect(world.finished[0]).toMatchObject({ extension: '203' });
  });

  it('stays when the call rings and is taken on another phone of the same user', async () => {
    world.users = { ...world.users, '202': 1201 };
    const callId = randomUUID();
    await lab.send(callId, event('call-ringing', { ...callStart, extension: '201' }));
    await eventually(() => world.registered.length === 1, 'the call is registered at the first ring');
    await lab.send(callId, event('call-ringing', { extension: '202' }));
    await lab.send(callId, event('call-ringing', { extension: '203' }));
    await eventually(() => world.named('updateCards').length > 0, 'the third phone shows it');
    await lab.send(callId, answered('202'));
    await eventually(() => world.named('updateCards').length > 1, 'the third phone hides it');
    await (await lab.send(callId, ended('202'))).result();
    expect(world.named('updateCards').map((step) => step.input)).toMatchObject([
      { show: [1203], hide: [] },
      { show: [], hide: [1203] },
    ]);
  });

  it('leaves the fallback user when somebody takes the call of an extension without a user', async () => {
    const callId = randomUUID();
    await lab.send(callId, event('call-ringing', { ...callStart, extension: '999' }));
    await eventually(() => world.registered.length === 1, 'the call is registered for the fallback user');
    await lab.send(callId, answered('201'));
    await eventually(() => world.named('updateCards').length > 0, 'the card moves');
    await (await lab.send(callId, ended('201'))).result();
    expect(world.named('updateCards')[0]!.input).toMatchObject({ show: [1201], hide: [1] });
  });
});
