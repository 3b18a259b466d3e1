import { randomUUID } from 'node:crypto';
import type { ThreecxSimulator } from '../../simulators/threecx';
import { startThreecxSimulator } from '../../simulators/threecx';
import type { Happening, Playable, PlayOptions } from '../../simulators/threecx/play-options';
import type { ScenarioName } from '../../simulators/threecx/scenarios';
import type { CallEvent } from '../../src/domain/call-event';
import type { CallRef } from '../../src/domain/call-steps';
import type { Connection } from '../../src/domain/connection';
import type { Store } from '../../src/store/contract';
import type { CallControl } from '../../src/threecx';
import { createThreecxClient } from '../../src/threecx';
import { eventually } from './eventually';
import { testConnection } from './test-connection';
import { silentLog } from './test-store';

/** A stand-in PBX, and processes that watch it over one store. */
export class CallControlBench {
  readonly told: { ref: CallRef; event: CallEvent; by: number }[] = [];
  readonly watching = new Set<number>();
  readonly id = `c${randomUUID().slice(0, 8)}`;
  connections: Connection[];
  refuse: (event: CallEvent) => boolean = () => false;
  private readonly running: { control: CallControl; close(): void }[] = [];

  private constructor(
    readonly pbx: ThreecxSimulator,
    private readonly store: Store,
  ) {
    const { clientId, clientSecret } = pbx.control.apiClient;
    const auth = { kind: 'client-credentials' as const, clientId, clientSecret };
    this.connections = [testConnection(pbx.url, { auth, callControl: true }, this.id)];
  }

  static async start(store: Store): Promise<CallControlBench> {
    return new CallControlBench(await startThreecxSimulator(), store);
  }

  /** One more process. */
  watch(store = this.store): CallControl {
    const by = this.running.length;
    const client = createThreecxClient({ store, log: silentLog });
    const control = client.watchCalls({
      graceMs: 300,
      connections: () => this.connections,
      connected: (_connection, is) => void (is ? this.watching.add(by) : this.watching.delete(by)),
      deliver: async (ref, event) => {
        if (this.refuse(event)) throw new Error('nobody takes it');
        this.told.push({ ref, event, by });
      },
    });
    control.start();
    this.running.push({ control, close: () => client.close() });
    return control;
  }

  async ready(): Promise<void> {
    await eventually(() => this.watching.size > 0, 'somebody watches');
  }

  async play(scenario: Playable<ScenarioName>, options: PlayOptions = {}): Promise<void> {
    await this.pbx.control.play(scenario, {
      speed: 100,
      ...options,
      onMoment: async (happening) => {
        await options.onMoment?.(happening);
        await this.seen(happening);
      },
    });
  }

  /** The next state of a phone comes only when this one was seen: a re-read tells nothing of states that are over. */
  private async seen({ kind, extension, placed }: Happening): Promise<void> {
    if (placed.call.direction === 'internal' || this.watching.size === 0) return;
    if (kind !== 'ringing' && kind !== 'answered') return;
    const told = (): boolean =>
      this.told.some(({ event }) =>
        kind === 'ringing'
          ? event.event === 'call-ringing' && event.extension === extension
          : (event.toExtension ?? event.extension) === extension && event.event !== 'call-ringing',
      );
    await eventually(told, `${kind} ${extension} is told`);
  }

  get story(): string[] {
    return this.told.map(({ event: { event, extension, toExtension } }) =>
      [event, extension, toExtension].filter((part) => part !== undefined).join(' '),
    );
  }

  async ended(calls = 1): Promise<void> {
    await eventually(
      () => this.told.filter(({ event }) => event.event === 'call-ended').length >= calls,
      'the call has ended',
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.running.map(({ control }) => control.stop()));
    for (const { close } of this.running) close();
    await this.pbx.close();
  }
}
