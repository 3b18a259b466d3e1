import { readMessage } from './socket-message';

const message = (event: Record<string, unknown>, sequence: unknown = 7): string =>
  JSON.stringify({ sequence, event });
const participant = { id: 5, dn: '101', callid: 3, status: 'Ringing', party_dn_type: 'Wexternalline' };
const entity = '/callcontrol/101/participants/5';

describe('a message of the event socket', () => {
  it('names the participant and where it can be read', () => {
    expect(readMessage(message({ event_type: 0, entity, attached_data: null }))).toEqual({
      sequence: 7,
      participant: { sequence: 7, change: 'upsert', key: '101/5', path: entity, attached: null },
    });
    expect(readMessage(message({ event_type: 1, entity }))?.participant).toMatchObject({ change: 'remove' });
  });

  it('carries the participant bare or wrapped, and only the one it names', () => {
    const attached = (data: unknown): unknown =>
      readMessage(message({ event_type: 0, entity, attached_data: data }))?.participant?.attached;
    expect(attached(participant)).toMatchObject({ key: '101/5', callNumber: 3, status: 'ringing' });
    expect(attached({ StatusCode: 200, Response: participant })).toMatchObject({ key: '101/5' });
    for (const other of [
      {},
      'text',
      [],
      { StatusCode: 404 },
      { ...participant, id: 6 },
      { ...participant, status: 1 },
    ])
      expect(attached(other)).toBeNull();
  });

  it('of another kind still counts in the sequence', () => {
    for (const event of [
      { event_type: 2, entity, attached_data: { dtmf_input: '1' } },
      { event_type: 4, entity: '/callcontrol', attached_data: {} },
      { event_type: 0, entity: '/callcontrol/101/devices/x' },
    ])
      expect(readMessage(message(event))).toEqual({ sequence: 7, participant: null });
    expect(readMessage(message({ event_type: 1, entity }, 'x'))?.sequence).toBeNull();
  });

  it('never leads to another path', () => {
    for (const odd of [
      '/callcontrol/../participants/5',
      '/callcontrol/a/b/participants/5',
      '/callcontrol/101/participants/5?x=1',
      '//elsewhere/callcontrol/101/participants/5',
      'http://elsewhere/callcontrol/101/participants/5',
    ])
      expect(readMessage(message({ event_type: 0, entity: odd }))?.participant).toBeNull();
  });

  it('that is none is nothing', () => {
    for (const text of ['', '{', '[]', 'null', '{"event":{}}', '{"sequence":1}'])
      expect(readMessage(text)).toBeNull();
  });
});
