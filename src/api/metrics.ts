import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What `GET /metrics` shows. Labels hold connection names and closed lists of words, never a number or an id. */
export interface Metrics {
  registry: Registry;
  /** Webhooks of 3CX; `outcome`: `temporal`, `inbox`, or the status of the refusal. */
  webhooks: Counter<'connection' | 'event' | 'outcome'>;
  /** From the last byte of the body to the answer, of webhooks that were taken. */
  ackSeconds: Histogram<'held_by'>;
  /** Webhooks with a good token that were kept because they were not understood. */
  rejected: Counter<'connection' | 'reason'>;
  /** Events that the drainer took out of the inbox; `outcome`: `delivered`, `late`, `known`, `set-aside`. */
  drained: Counter<'outcome'>;
  /** Callbacks and events of Bitrix24. */
  portalEvents: Counter<'connection' | 'event' | 'outcome'>;
  /** 1 while this process watches the calls of the connection through Call Control. */
  callControlConnected: Gauge<'connection'>;
  /** Events of Call Control; `outcome`: `temporal`, `inbox`, or `nowhere` when it must be tried again. */
  callControlEvents: Counter<'connection' | 'event' | 'outcome'>;
  requests: Counter<'method' | 'status'>;
  inboxSize: Gauge;
  temporalUp: Gauge;
  mongodbUp: Gauge;
  /** 1 while the last contact with the peer (`bitrix24`, `threecx`) went well. */
  peerUp: Gauge<'connection' | 'peer'>;
}

/** Makes the metrics of one API process, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    webhooks: new Counter({
      name: 'bridge_webhooks_total',
      help: 'Webhooks of 3CX by event and outcome (temporal, inbox, or the status of the refusal)',
      labelNames: ['connection', 'event', 'outcome'],
      registers,
    }),
    ackSeconds: new Histogram({
      name: 'bridge_webhook_ack_seconds',
      help: 'Time from the last byte of a webhook to its 202',
      labelNames: ['held_by'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5],
      registers,
    }),
    rejected: new Counter({
      name: 'bridge_rejected_webhooks_total',
      help: 'Webhooks with a good token that were not understood and are kept for the operator',
      labelNames: ['connection', 'reason'],
      registers,
    }),
    drained: new Counter({
      name: 'bridge_inbox_drained_total',
      help: 'Events taken out of the inbox',
      labelNames: ['outcome'],
      registers,
    }),
    portalEvents: new Counter({
      name: 'bridge_portal_events_total',
      help: 'Installation callbacks and events of Bitrix24',
      labelNames: ['connection', 'event', 'outcome'],
      registers,
    }),
    callControlConnected: new Gauge({
      name: 'bridge_call_control_connected',
      help: '1 while this process watches the calls of the connection through Call Control',
      labelNames: ['connection'],
      registers,
    }),
    callControlEvents: new Counter({
      name: 'bridge_call_control_events_total',
      help: 'Events told by Call Control by event and outcome (temporal, inbox, nowhere)',
      labelNames: ['connection', 'event', 'outcome'],
      registers,
    }),
    requests: new Counter({
      name: 'bridge_http_requests_total',
      help: 'HTTP requests by method and status',
      labelNames: ['method', 'status'],
      registers,
    }),
    inboxSize: new Gauge({ name: 'bridge_inbox_events', help: 'Events that wait in the inbox', registers }),
    temporalUp: new Gauge({ name: 'bridge_temporal_up', help: '1 while Temporal answers', registers }),
    mongodbUp: new Gauge({ name: 'bridge_mongodb_up', help: '1 while MongoDB answers', registers }),
    peerUp: new Gauge({
      name: 'bridge_peer_up',
      help: '1 while the last contact with Bitrix24 or 3CX went well',
      labelNames: ['connection', 'peer'],
      registers,
    }),
  };
}
