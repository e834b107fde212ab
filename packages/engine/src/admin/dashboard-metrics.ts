/** What Prometheus is told of rooms and participants besides their number. No label names a room or a participant. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Dashboard } from './dashboard.js';

/** Adds the figures of the dashboard to a scrape. Losses are those of its last sample. */
export function describeDashboard(registry: Registry, dashboard: Dashboard): void {
  const registers = [registry];
  const { publishing, speaking, muted, silenced, connected, sockets } = dashboard.census();
  const participants = new Gauge({
    name: 'kraken_participants_by_state',
    help: 'Participants that are connected, publish, speak, are muted or silenced; one may count several times.',
    labelNames: ['state'],
    registers,
  });
  for (const [state, count] of Object.entries({ connected, publishing, speaking, muted, silenced })) {
    participants.set({ state }, count);
  }
  new Gauge({ name: 'kraken_sockets', help: 'Live sockets (WebSocket) that are open.', registers }).set(
    sockets,
  );
  const lossy = new Gauge({
    name: 'kraken_lossy_participants',
    help: 'Participants that lost more than the share `above` of their packets of late, by direction.',
    labelNames: ['direction', 'above'],
    registers,
  });
  for (const { threshold, uplink, downlink } of dashboard.lossCounts()) {
    lossy.set({ direction: 'uplink', above: threshold }, uplink);
    lossy.set({ direction: 'downlink', above: threshold }, downlink);
  }
  new Counter({
    name: 'kraken_joins_total',
    help: 'Participants that came, or came again on another connection.',
    registers,
  }).inc(dashboard.joins.joins);
  new Counter({
    name: 'kraken_failed_joins_total',
    help: 'Participants that were given up before they were connected.',
    registers,
  }).inc(dashboard.joins.failures);
  registry.registerMetric(dashboard.joins.histogram);
  dashboard.networks.describe(registry);
}
