import { fetchHistory, fetchOverview } from './api.js';
import { participantAddress, qualityColumn, roomAddress, showChips, showLink, worst } from './cells.js';
import { element, setText } from './dom.js';
import { EngineCharts } from './engine-charts.js';
import { Figures } from './figures.js';
import { count, milliseconds, nameOf, percent, perSecond, plainId, plural, quantity } from './format.js';
import { Table } from './table.js';

/** How often the charts are fetched anew, ms: no point of theirs is younger. */
const HISTORY_INTERVAL = 5_000;
const RANGES = [5, 15, 60];
/** How many of those who need attention are shown before the rest is asked for. */
const ATTENTION_SHOWN = 8;
const REASONS = {
  'uplink-loss': ['bad', 'uplink loss'],
  'downlink-loss': ['bad', 'downlink loss'],
  'uplink-jitter': ['warn', 'uplink jitter'],
  'downlink-jitter': ['warn', 'downlink jitter'],
  'round-trip': ['warn', 'slow round trip'],
};

function attentionTable() {
  return new Table({
    label: 'Participants who need attention',
    empty: 'Everybody is well: no loss above 2 %, no jitter above 30 ms, no round trip above 300 ms.',
    keyOf: ({ rid, uid }) => `${rid} ${uid}`,
    sort: { key: 'none', descending: true },
    columns: [
      {
        key: 'participant',
        label: 'Participant',
        wide: true,
        show: (row, cell) => showLink(cell, participantAddress(row.rid, row.uid), nameOf(row)),
      },
      {
        key: 'room',
        label: 'Room',
        wide: true,
        show: ({ rid }, cell) => showLink(cell, roomAddress(rid), plainId(rid)),
      },
      {
        key: 'reasons',
        label: 'Problem',
        wide: true,
        show: ({ reasons }, cell) =>
          showChips(
            cell,
            reasons.map((reason) => REASONS[reason] ?? ['warn', reason]),
          ),
      },
      qualityColumn({
        key: 'up',
        label: 'Loss ↑',
        spoken: 'Uplink loss',
        title: 'Of what it sends, on the way to the engine',
        kind: 'loss',
        of: ({ uplink }) => uplink.loss,
      }),
      qualityColumn({
        key: 'down',
        label: 'Loss ↓',
        spoken: 'Downlink loss',
        title: 'Of what it is sent, as it reports',
        kind: 'loss',
        of: ({ downlink }) => downlink.loss,
      }),
      qualityColumn({
        key: 'jitter',
        label: 'Jitter',
        title: 'The worse of both directions',
        kind: 'jitter',
        of: ({ uplink, downlink }) => worst(uplink.jitter, downlink.jitter),
      }),
      qualityColumn({
        key: 'roundTrip',
        label: 'RTT',
        spoken: 'Round trip',
        kind: 'roundTrip',
        of: ({ uplink, downlink }) => worst(uplink.roundTrip, downlink.roundTrip),
      }),
    ],
  });
}

function workerTable() {
  return new Table({
    label: 'Media workers',
    empty: 'No media workers.',
    keyOf: ({ index }) => index,
    sort: { key: 'index', descending: false },
    columns: [
      { key: 'index', label: 'Worker', value: ({ index }) => index, show: ({ index }) => String(index) },
      {
        key: 'state',
        label: 'State',
        show: ({ isAvailable }, cell) => showChips(cell, [isAvailable ? ['good', 'up'] : ['bad', 'down']]),
      },
      {
        key: 'busy',
        label: 'Busy',
        title: 'Share of its time in which it did not sleep',
        numeric: true,
        value: ({ busy }) => busy,
        show: ({ busy }) => percent(busy),
      },
      {
        key: 'rate',
        label: 'Packets out',
        numeric: true,
        value: ({ packetsPerSecond }) => packetsPerSecond,
        show: ({ packetsPerSecond }) => perSecond(packetsPerSecond),
      },
      {
        key: 'transports',
        label: 'Participants',
        numeric: true,
        value: ({ transports }) => transports,
        show: ({ transports }) => count(transports),
      },
    ],
  });
}

function dropTable() {
  return new Table({
    label: 'Dropped packets',
    empty: 'Nothing was dropped.',
    keyOf: ({ reason }) => reason,
    sort: { key: 'perSecond', descending: true },
    columns: [
      {
        key: 'reason',
        label: 'Reason',
        wide: true,
        value: ({ reason }) => reason,
        show: ({ reason }) => reason,
      },
      {
        key: 'perSecond',
        label: 'Now',
        numeric: true,
        value: ({ perSecond: rate }) => rate,
        show: ({ perSecond: rate }) => perSecond(rate),
      },
      {
        key: 'total',
        label: 'All in all',
        numeric: true,
        value: ({ total }) => total,
        show: ({ total }) => quantity(total),
      },
    ],
  });
}

function joinTable() {
  const column = (key, label) => ({
    key,
    label,
    numeric: true,
    show: ({ times }) => milliseconds(times[key]),
  });
  return new Table({
    label: 'How long joins took in the last minute',
    empty: '',
    keyOf: ({ until }) => until,
    sort: { key: 'none', descending: false },
    columns: [
      { key: 'until', label: 'From publish until', wide: true, show: ({ until }) => until },
      column('p50', 'Median'),
      column('p95', '95 %'),
      column('p99', '99 %'),
      { key: 'count', label: 'Joins', numeric: true, show: ({ times }) => count(times.count) },
    ],
  });
}

function section(title, node, note = null) {
  const heading = element('h2', {}, title);
  return element(
    'section',
    { class: 'card block' },
    note === null ? heading : element('header', {}, heading, note),
    node,
  );
}

/** The whole engine at a glance. */
export class OverviewView {
  title = 'Overview';
  #figures = new Figures();
  #attention = attentionTable();
  #attentionNote = element('span', { class: 'soft' });
  #more = element('button', { type: 'button', class: 'button compact more', hidden: true });
  #isAllShown = false;
  #needy = [];
  #workers = workerTable();
  #drops = dropTable();
  #joins = joinTable();
  #minutes = 60;
  #charts;
  #historyAt = Number.NEGATIVE_INFINITY;
  #ranges = new Map();

  constructor(main) {
    this.#charts = new EngineCharts();
    main.replaceChildren(
      element('h1', { class: 'visually-hidden' }, 'Overview'),
      this.#figures.node,
      this.#attentionSection(),
      element('div', { class: 'section-head' }, element('h2', {}, 'History'), this.#rangePicker()),
      this.#charts.node,
      element(
        'div',
        { class: 'columns' },
        element(
          'div',
          { class: 'stack' },
          section('Media workers', this.#workers.node),
          section('Joins of the last minute', this.#joins.node),
        ),
        section('Dropped packets', this.#drops.node),
      ),
    );
  }

  async refresh() {
    const isDue = performance.now() - this.#historyAt >= HISTORY_INTERVAL;
    const [overview, history] = await Promise.all([
      fetchOverview(),
      isDue ? fetchHistory(this.#minutes) : null,
    ]);
    this.#figures.update(overview);
    this.#needy = overview.attention;
    this.#showAttention();
    const { attention, census } = overview;
    setText(
      this.#attentionNote,
      attention.length === 0 ? '' : `${attention.length} of ${plural(census.participants, 'participant')}`,
    );
    this.#workers.update(overview.workers);
    this.#drops.update(overview.drops);
    this.#joins.update([
      { until: 'connected', times: overview.joins.untilConnected },
      { until: 'first media', times: overview.joins.untilMedia },
    ]);
    if (history !== null) {
      this.#historyAt = performance.now();
      this.#charts.update(history, overview.workers);
    }
    return overview.engine;
  }

  #attentionSection() {
    this.#more.addEventListener('click', () => {
      this.#isAllShown = !this.#isAllShown;
      this.#showAttention();
    });
    const node = section('Needs attention', this.#attention.node, this.#attentionNote);
    node.append(this.#more);
    return node;
  }

  #showAttention() {
    const all = this.#needy;
    this.#attention.update(this.#isAllShown ? all : all.slice(0, ATTENTION_SHOWN));
    this.#more.hidden = all.length <= ATTENTION_SHOWN;
    setText(this.#more, this.#isAllShown ? 'Show fewer' : `Show all ${all.length}`);
  }

  #rangePicker() {
    for (const minutes of RANGES) {
      const button = element(
        'button',
        { type: 'button', 'aria-pressed': String(minutes === this.#minutes) },
        `${minutes} min`,
      );
      button.addEventListener('click', () => void this.#choose(minutes));
      this.#ranges.set(minutes, button);
    }
    return element(
      'div',
      { class: 'segments', role: 'group', 'aria-label': 'Time shown' },
      ...this.#ranges.values(),
    );
  }

  async #choose(minutes) {
    this.#minutes = minutes;
    for (const [range, button] of this.#ranges)
      button.setAttribute('aria-pressed', String(range === minutes));
    this.#historyAt = Number.NEGATIVE_INFINITY;
    // An engine that does not answer is noticed by the next refresh.
    await this.refresh().catch(() => {});
  }
}
