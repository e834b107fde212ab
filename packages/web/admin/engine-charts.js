import { element } from './dom.js';
import { bits, count, milliseconds, octets, percent, perSecond } from './format.js';
import { LineChart } from './line-chart.js';

const MEBIBYTE = 1024 * 1024;
/** Lines that one can tell apart in a chart, less that of the process. */
const MAX_WORKER_LINES = 3;

const CHARTS = [
  {
    title: 'Participants',
    format: count,
    minimumTop: 4,
    lines: [
      { key: 'participants', label: 'present' },
      { key: 'publishing', label: 'publishing' },
      { key: 'speaking', label: 'speaking' },
    ],
  },
  {
    title: 'Losing more than 2 %',
    format: count,
    minimumTop: 4,
    lines: [{ key: 'lossy', label: 'participants' }],
  },
  {
    title: 'Loss that 95 % stay below',
    format: percent,
    minimumTop: 0.02,
    lines: [
      { key: 'uplinkLossP95', label: 'up' },
      { key: 'downlinkLossP95', label: 'down' },
    ],
  },
  {
    title: 'Round trip',
    format: milliseconds,
    minimumTop: 100,
    lines: [
      { key: 'roundTripP50', label: 'median' },
      { key: 'roundTripP95', label: '95 %' },
    ],
  },
  {
    title: 'Bit rate',
    format: bits,
    minimumTop: 100_000,
    lines: [
      { key: 'bitsOut', label: 'out' },
      { key: 'bitsIn', label: 'in' },
    ],
  },
  {
    title: 'Packets',
    format: perSecond,
    minimumTop: 100,
    lines: [
      { key: 'packetsOut', label: 'out' },
      { key: 'packetsIn', label: 'in' },
    ],
  },
  {
    title: 'Time to connect',
    format: milliseconds,
    minimumTop: 200,
    lines: [
      { key: 'connectedP50', label: 'median' },
      { key: 'connectedP95', label: '95 %' },
      { key: 'connectedP99', label: '99 %' },
    ],
  },
  {
    title: 'Time to first media',
    format: milliseconds,
    minimumTop: 200,
    lines: [
      { key: 'mediaP50', label: 'median' },
      { key: 'mediaP95', label: '95 %' },
      { key: 'mediaP99', label: '99 %' },
    ],
  },
  {
    title: 'Joins',
    format: perSecond,
    minimumTop: 1,
    lines: [{ key: 'joins', label: 'joins' }],
  },
  {
    title: 'Dropped packets',
    format: perSecond,
    minimumTop: 4,
    lines: [{ key: 'dropped', label: 'dropped' }],
  },
  {
    title: 'Memory',
    format: octets,
    minimumTop: 100 * MEBIBYTE,
    unit: MEBIBYTE,
    lines: [{ key: 'memory', label: 'resident' }],
  },
];

const greatest = (values) =>
  values.reduce((most, value) => (value === null ? most : Math.max(most ?? 0, value)), null);

/** The engine's charts of the last hour. */
export class EngineCharts {
  #charts = CHARTS.map((options) => new LineChart(options));
  #busy = null;
  node = element('div', { class: 'charts' }, ...this.#charts.map(({ node }) => node));

  update(history, workers) {
    for (const chart of this.#charts) chart.update(history);
    if (this.#busy === null) {
      this.#busy = busyChart(workers);
      this.#charts.at(-1).node.before(this.#busy.node);
    }
    this.#busy.update(withBusiest(history, workers));
  }
}

/** A line for each worker while they can be told apart, else one for the busiest. */
function busyChart(workers) {
  const isMany = workers.length > MAX_WORKER_LINES;
  const own = workers.map(({ index }) => ({ key: `busy${index}`, label: `worker ${index}` }));
  const lines = [
    { key: 'cpu', label: 'all cores' },
    ...(isMany ? [{ key: 'busiest', label: 'busiest worker' }] : own),
  ];
  return new LineChart({ title: 'CPU', format: percent, top: 1, lines });
}

function withBusiest(history, workers) {
  const rings = workers.map(({ index }) => history.series[`busy${index}`] ?? []);
  const busiest = history.series.cpu.map((_, at) => greatest(rings.map((ring) => ring[at] ?? null)));
  return { ...history, series: { ...history.series, busiest } };
}
