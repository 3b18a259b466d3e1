import { createHash } from 'node:crypto';
import { readWebhook } from '../../src/threecx/webhook-event';
import { crmTemplate } from '../../src/threecx/crm-template';
import { scenarioNames } from './scenarios';
import type { Delivery } from './play-options';
import { Receiver, TestPbx } from './test-pbx';

/** What every sender that can be played says, read by the bridge's own reader. */
describe('what is sent', () => {
  let pbx: TestPbx;
  let receiver: Receiver;
  beforeEach(async () => {
    pbx = await TestPbx.start({ timeZone: 'Asia/Yekaterinburg' });
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await pbx.close();
    await receiver.close();
  });

  const read = (delivery: Delivery): ReturnType<typeof readWebhook> =>
    readWebhook({
      connection: { id: 'default', timeZone: pbx.control.timeZone, country: 'RU' },
      event: delivery.event,
      fields: delivery.fields,
      deliveryId: null,
      receivedAt: new Date(delivery.sentAt),
      hash: (text) => createHash('sha256').update(text).digest('hex'),
    });

  it.each(scenarioNames)('is understood by the bridge: %s', async (name) => {
    const { calls, deliveries } = await pbx.control.play(name, {
      to: receiver.target,
      sources: ['webhooks', 'answer-end-form', 'add-on', 'report', 'cfd'],
      template: crmTemplate({ id: 'default', country: 'RU' }, receiver.target.url),
    });
    const readings = deliveries.map((delivery) => ({ delivery, reading: read(delivery) }));
    expect(readings.filter(({ reading }) => !reading.ok)).toEqual([]);
    for (const { delivery, reading } of readings) {
      const call = calls.find((one) => one.historyId === delivery.historyId);
      if (!reading.ok || call === undefined) throw new Error('not understood');
      if (delivery.source !== 'report') expect(reading.callId).toBe(call.historyId);
      const { startedAt, endedAt, durationSeconds, callerNumber, did } = reading.event;
      // Who says it, says it right; the stamps of a journal and of a form are whole seconds.
      const second = (instant: string | null): number => Math.floor(Date.parse(instant ?? '') / 1000);
      if (startedAt !== undefined) expect(second(startedAt)).toBe(second(call.startedAt));
      if (endedAt !== undefined) expect(second(endedAt)).toBe(second(call.endedAt));
      if (durationSeconds !== undefined) expect(durationSeconds).toBe(call.durationSeconds);
      if (callerNumber !== undefined) expect(callerNumber).toBe(call.callerNumber);
      if (did !== undefined) expect(did).toBe(call.did);
    }
  });
});
