import type { CallControl, WatchOptions } from '../threecx';
import type { ApiDependencies } from './dependencies';
import { EventHolder } from './webhooks/hold-event';

/**
 * Starts to watch the calls of every connection with `callControl`. Its events take the way of webhooks: into the
 * workflow, or into the inbox while Temporal is away; while both are away they wait in the watcher.
 */
export function watchCallControl(
  deps: Pick<ApiDependencies, 'store' | 'calls' | 'log' | 'connections' | 'metrics'>,
  threecx: { watchCalls(options: WatchOptions): CallControl },
): CallControl {
  const holder = new EventHolder(deps);
  const { callControlConnected, callControlEvents } = deps.metrics;
  const callControl = threecx.watchCalls({
    connections: () => deps.connections.all(),
    connected: (connection, connected) => callControlConnected.set({ connection }, connected ? 1 : 0),
    deliver: async (ref, event) => {
      const count = (outcome: string): void =>
        callControlEvents.inc({ connection: ref.connection, event: event.event, outcome });
      try {
        count(await holder.hold(ref, event));
      } catch (error) {
        count('nowhere');
        throw error;
      }
    },
  });
  callControl.start();
  return callControl;
}
