import { element, setAttribute, setText } from './dom.js';
import { bits, count, duration, milliseconds, octets, percent, perSecond, plural } from './format.js';

/** From where on a share of cores is worth a look, and bad. */
const BUSY_LIMITS = [0.7, 0.9];

function levelOf(value, [warn, bad]) {
  if (value < warn) return null;
  return value < bad ? 'warn' : 'bad';
}

const NO_BREAK_SPACE = '\u00a0';

/** What each figure tells: its value, what stands below it in parts, and how bad it is. */
const FIGURES = [
  {
    label: 'Participants',
    tell: ({ census }) => ({
      value: count(census.participants),
      note: [
        `${plural(census.rooms, 'room')}`,
        `${count(census.speaking)} speaking`,
        `${count(census.publishing)} publishing`,
      ],
    }),
  },
  {
    label: 'Losing packets',
    tell: ({ loss }) => {
      const [slight, moderate, heavy] = loss.map(({ uplink, downlink }) => uplink + downlink);
      return {
        value: count(slight),
        note: ['above 2 %', `${count(moderate)} above 5 %`, `${count(heavy)} above 10 %`],
        level: heavy > 0 ? 'bad' : slight > 0 ? 'warn' : null,
      };
    },
  },
  {
    label: 'Traffic out',
    tell: ({ traffic }) => ({
      value: bits(traffic?.bitsOut),
      note: [`${perSecond(traffic?.packetsOut)} packets`],
    }),
  },
  {
    label: 'Traffic in',
    tell: ({ traffic }) => ({
      value: bits(traffic?.bitsIn),
      note: [`${perSecond(traffic?.packetsIn)} packets`],
    }),
  },
  {
    label: 'Joins',
    tell: ({ joins }) => ({
      value: perSecond(joins.perSecond),
      note: [
        `median ${milliseconds(joins.untilConnected.p50)}`,
        `95 % ${milliseconds(joins.untilConnected.p95)}`,
        `${count(joins.failed)} failed`,
      ],
    }),
  },
  {
    label: 'Dropped packets',
    tell: ({ traffic, drops }) => ({
      value: perSecond(traffic?.dropped),
      note: [drops[0]?.perSecond > 0 ? `mostly ${drops[0].reason}` : 'nothing just now'],
    }),
  },
  {
    label: 'CPU',
    tell: ({ process, workers }) => {
      const busiest = Math.max(0, ...workers.map(({ busy }) => busy));
      return {
        value: percent(process.cpu),
        note: [`of ${plural(process.cores, 'core')}`, `busiest worker ${percent(busiest)}`],
        level: levelOf(Math.max(process.cpu, busiest), BUSY_LIMITS),
      };
    },
  },
  {
    label: 'Memory',
    tell: ({ process, engine }) => ({
      value: octets(process.residentBytes),
      note: [`up ${duration(engine.uptime)}`],
    }),
  },
];

/** The engine in eight figures. */
export class Figures {
  #parts = FIGURES.map(({ label }) => {
    const value = element('dd', { class: 'figure-value' }, '–');
    const note = element('dd', { class: 'figure-note' });
    return {
      value,
      note,
      node: element('div', { class: 'card figure' }, element('dt', {}, label), value, note),
    };
  });
  node = element('dl', { class: 'figures' }, ...this.#parts.map(({ node }) => node));

  update(overview) {
    for (const [index, { tell }] of FIGURES.entries()) {
      const { value, note, level = null } = tell(overview);
      const part = this.#parts[index];
      setText(part.value, value);
      setText(part.note, note.map((words) => words.replaceAll(' ', NO_BREAK_SPACE)).join(' · '));
      setAttribute(part.node, 'data-level', level);
    }
  }
}
