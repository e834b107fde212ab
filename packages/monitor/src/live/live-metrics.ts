/** Counts the live sockets that a monitor passes on, for operators. */
import { Counter, Gauge, type Registry } from 'prom-client';

export class LiveMetrics {
  readonly #open: Gauge;
  readonly #upgrades: Counter<'status'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#open = new Gauge({
      name: 'kraken_monitor_live_sockets',
      help: 'Live sockets that are passed on to engines.',
      registers,
    });
    this.#upgrades = new Counter({
      name: 'kraken_monitor_live_upgrades_total',
      help: 'Upgrades to live sockets, by the HTTP status that they were answered with: 101 is opened.',
      labelNames: ['status'],
      registers,
    });
  }

  setOpen(count: number): void {
    this.#open.set(count);
  }

  /** @param status as in the status line */
  count(status: string): void {
    this.#upgrades.inc({ status: status.slice(0, 3) });
  }
}
