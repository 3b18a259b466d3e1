import { deliver } from './deliver';
import type { Pbx } from './pbx';
import type { Delivery, Happening, Message, PlayOptions } from './play-options';
import { generator, shuffled } from '../common/random';

/** Sends the messages of one play, with whatever is to go wrong on the way. */
export class DeliveryDesk {
  private readonly waiting: Message[] = [];
  private readonly again: Message[] = [];
  private readonly done: Delivery[] = [];
  private readonly gathers: boolean;

  /** @param note is told of each delivery when it is over. */
  constructor(
    private readonly pbx: Pbx,
    private readonly options: PlayOptions,
    private readonly note: (delivery: Delivery) => void,
  ) {
    const { order = 'scripted', burst = false } = options.faults ?? {};
    this.gathers = order !== 'scripted' || burst;
    if (this.gathers && (options.speed ?? Infinity) !== Infinity)
      throw new Error('Another order and a burst need all messages at once: no speed');
  }

  /** Takes the messages of one happening, and sends them unless all are sent at the end. */
  async tell(messages: Message[], happening: Happening): Promise<void> {
    const { faults = {} } = this.options;
    for (const [index, plain] of messages.entries()) {
      const message = this.stamped(plain, happening, index);
      const repeats = hits(faults.repeat?.events, message) ? (faults.repeat?.times ?? 0) : 0;
      for (let time = 0; time < repeats; time += 1) this.again.push(message);
      if (hits(faults.lose, message)) {
        this.keep({ ...message, id: this.pbx.next('delivery'), sentAt: this.pbx.clock.now(), ...lost });
        continue;
      }
      const copies = hits(faults.duplicate, message) ? [message, message] : [message];
      if (this.gathers) this.waiting.push(...copies);
      else await Promise.all(copies.map((copy) => this.send(copy)));
    }
  }

  /** Sends what was kept back, then the repetitions; answers all deliveries in the order in which they ended. */
  async settle(): Promise<Delivery[]> {
    const { order, seed = 1, burst } = this.options.faults ?? {};
    let queue = this.waiting;
    if (order === 'reversed') queue = [...queue].reverse();
    if (order === 'shuffled') queue = shuffled(queue, generator(seed));
    if (burst === true) await Promise.all(queue.map((message) => this.send(message)));
    else for (const message of queue) await this.send(message);
    for (const message of this.again) await this.send(message);
    return this.done;
  }

  private async send(message: Message): Promise<void> {
    const { to } = this.options;
    if (to === undefined) return;
    this.keep(await deliver(this.pbx, message, to, this.options, this.pbx.next('delivery')));
  }

  private keep(delivery: Delivery): void {
    this.done.push(delivery);
    this.note(delivery);
  }

  private stamped(message: Message, happening: Happening, index: number): Message {
    const own = message.source === 'webhooks' && this.options.deliveryIds !== false;
    const recording = happening.recording === null ? '' : `-${happening.recording.id}`;
    const key = `${happening.placed.call.historyId}-${happening.kind}-${happening.extension ?? ''}-${happening.at}${recording}-${index}`;
    const fields = own ? { ...message.fields, deliveryId: key } : message.fields;
    return {
      ...message,
      fields: hits(this.options.faults?.placeholders, message) ? unfilled(fields) : fields,
    };
  }
}

const lost = { attempts: 0, status: 0, answer: null, error: 'lost on purpose' };

function hits(events: string[] | 'all' | undefined, message: Message): boolean {
  return events === 'all' || (events?.includes(message.event) ?? false);
}

/** What a sender sends whose variables nobody filled in. */
function unfilled(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(fields).map((name) => [name, name === 'event' ? fields[name] : `%${name}%`]),
  );
}
