import { element, setAttribute, setText, svg } from './dom.js';
import { hourAndMinute, timeOfDay } from './format.js';

const HEIGHT = 168;
const MARGIN = { top: 10, right: 10, bottom: 24, left: 70 };
const GRID_LINES = 4;
const MIN_WIDTH = 220;
/** Pixels that a label of the time axis takes. */
const TIME_LABEL_WIDTH = 72;
const TIME_STEPS = [60, 120, 300, 600, 900, 1200, 1800].map((seconds) => seconds * 1000);

/**
 * A line chart over time. The legend tells the newest values, or those at the cursor: pointer, or arrow keys.
 * Lines are `{key, label}`, at most four; `format` writes a value with its unit.
 */
export class LineChart {
  #lines;
  #format;
  #top;
  #title;
  #svg;
  #legend = [];
  #when;
  #spoken;
  #data = null;
  #receivedAt = 0;
  #cursor = null;
  #width = MIN_WIDTH;

  /** @param minimumTop the axis reaches at least as far as that @param top it reaches exactly as far, when given @param unit that round numbers are counted in */
  constructor({ title, lines, format, minimumTop = 1, top = null, unit = 1 }) {
    this.#title = title;
    this.#lines = lines;
    this.#format = format;
    this.#top = { minimum: minimumTop, fixed: top, unit };
    this.#when = element('span', { class: 'chart-when' });
    this.#spoken = element('span', { class: 'visually-hidden', 'aria-live': 'polite' });
    this.#svg = svg('svg', { class: 'chart-plot', tabindex: 0, role: 'img', height: HEIGHT });
    this.node = element(
      'figure',
      { class: 'card chart' },
      element('figcaption', {}, element('h3', {}, title), this.#when),
      element('ul', { class: 'legend' }, ...lines.map((line, index) => this.#legendItem(line, index))),
      this.#svg,
      this.#spoken,
    );
    this.#listen();
    new ResizeObserver(() => this.#draw()).observe(this.node);
  }

  /** @param history as the engine has answered it */
  update(history) {
    const wasLast = this.#data !== null && this.#cursor === this.#count - 1;
    this.#data = history;
    this.#receivedAt = Date.now();
    if (this.#cursor !== null) this.#moveTo(wasLast ? this.#count - 1 : this.#cursor);
    else this.#draw();
  }

  get #count() {
    return this.#values(this.#lines[0]).length;
  }

  #values({ key }) {
    return this.#data?.series[key] ?? [];
  }

  #timeOf(index) {
    return this.#receivedAt - this.#data.age + index * this.#data.step;
  }

  #legendItem({ label }, index) {
    const value = element('strong', { class: 'legend-value' });
    this.#legend.push(value);
    const swatch = svg('svg', { class: 'swatch', viewBox: '0 0 18 4', 'aria-hidden': 'true' });
    swatch.append(svg('path', { class: `line line-${index}`, d: 'M0 2H18' }));
    return element('li', {}, swatch, element('span', {}, label), value);
  }

  #listen() {
    this.#svg.addEventListener('pointermove', ({ offsetX }) => this.#pointAt(offsetX));
    this.#svg.addEventListener('pointerdown', ({ offsetX }) => this.#pointAt(offsetX));
    this.#svg.addEventListener('pointerleave', () => this.#moveTo(null));
    this.#svg.addEventListener('blur', () => this.#moveTo(null));
    this.#svg.addEventListener('keydown', (event) => {
      const last = this.#count - 1;
      const at = this.#cursor ?? last;
      const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, Escape: null };
      if (last < 0 || !Object.hasOwn(moves, event.key)) return;
      event.preventDefault();
      this.#moveTo(moves[event.key]);
      setText(this.#spoken, this.#cursor === null ? '' : this.#tell(this.#cursor));
    });
  }

  #pointAt(x) {
    if (this.#count === 0) return;
    const share = (x - MARGIN.left) / (this.#width - MARGIN.left - MARGIN.right);
    this.#moveTo(Math.round(share * (this.#count - 1)));
  }

  #moveTo(index) {
    this.#cursor = index === null ? null : Math.max(0, Math.min(this.#count - 1, index));
    this.#draw();
  }

  #tell(index) {
    const values = this.#lines.map(
      (line) => `${line.label} ${this.#format(this.#values(line)[index] ?? null)}`,
    );
    return `${timeOfDay(this.#timeOf(index))}: ${values.join(', ')}`;
  }

  #draw() {
    this.#width = Math.max(MIN_WIDTH, Math.floor(this.#svg.clientWidth || this.#svg.parentNode.clientWidth));
    setAttribute(this.#svg, 'viewBox', `0 0 ${this.#width} ${HEIGHT}`);
    if (this.#data === null) return;
    const count = this.#count;
    const shown = this.#cursor ?? count - 1;
    for (const [index, line] of this.#lines.entries()) {
      setText(this.#legend[index], this.#format(this.#values(line)[shown] ?? null));
    }
    setText(this.#when, this.#cursor === null ? '' : timeOfDay(this.#timeOf(shown)));
    setAttribute(
      this.#svg,
      'aria-label',
      `${this.#title}, line chart. Now ${count > 0 ? this.#tell(count - 1) : 'nothing'}. Arrow keys move in time.`,
    );
    const top = this.#axisTop();
    this.#svg.replaceChildren(
      ...this.#valueAxis(top),
      ...this.#timeAxis(),
      ...this.#lines.map((line, index) => this.#path(line, index, top)),
      ...this.#cursorMarks(top),
    );
  }

  /** The next of 1, 2, 2.5, 5 or 10 times a power of ten. */
  #axisTop() {
    if (this.#top.fixed !== null) return this.#top.fixed;
    const values = this.#lines.flatMap((line) => this.#values(line)).filter((value) => value !== null);
    const { minimum, unit } = this.#top;
    const greatest = Math.max(minimum, ...values) / unit;
    const power = 10 ** Math.floor(Math.log10(greatest));
    return unit * power * ([1, 2, 2.5, 5].find((step) => step * power >= greatest * 0.999) ?? 10);
  }

  #x(index) {
    const width = this.#width - MARGIN.left - MARGIN.right;
    return MARGIN.left + (this.#count < 2 ? width : (index / (this.#count - 1)) * width);
  }

  #y(value, top) {
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + (1 - Math.min(1, value / top)) * height;
  }

  #valueAxis(top) {
    return Array.from({ length: GRID_LINES + 1 }, (_, index) => {
      const value = (top * index) / GRID_LINES;
      const y = Math.round(this.#y(value, top)) + 0.5;
      return svg(
        'g',
        {},
        svg('line', {
          class: index === 0 ? 'axis' : 'grid',
          x1: MARGIN.left,
          x2: this.#width - MARGIN.right,
          y1: y,
          y2: y,
        }),
        index % 2 === 0
          ? svg(
              'text',
              { class: 'tick', x: MARGIN.left - 8, y: y + 4, 'text-anchor': 'end' },
              this.#format(value),
            )
          : '',
      );
    });
  }

  #timeAxis() {
    const count = this.#count;
    if (count < 2) return [];
    const [first, last] = [this.#timeOf(0), this.#timeOf(count - 1)];
    const labels = Math.max(2, Math.floor((this.#width - MARGIN.left) / TIME_LABEL_WIDTH));
    const step = TIME_STEPS.find((candidate) => (last - first) / candidate <= labels) ?? TIME_STEPS.at(-1);
    const ticks = [];
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
      const x = this.#x((at - first) / this.#data.step);
      const isInside = x > MARGIN.left && x < this.#width - TIME_LABEL_WIDTH / 2 + MARGIN.right;
      ticks.push(
        svg('line', {
          class: 'axis',
          x1: x,
          x2: x,
          y1: HEIGHT - MARGIN.bottom,
          y2: HEIGHT - MARGIN.bottom + 4,
        }),
      );
      if (isInside) {
        ticks.push(
          svg('text', { class: 'tick', x, y: HEIGHT - 6, 'text-anchor': 'middle' }, hourAndMinute(at)),
        );
      }
    }
    return ticks;
  }

  /** The line is broken where nothing is known; what stands alone is a dot. */
  #path(line, index, top) {
    let d = '';
    let isOpen = false;
    for (const [at, value] of this.#values(line).entries()) {
      if (value === null) {
        isOpen = false;
        continue;
      }
      const point = `${this.#x(at).toFixed(1)} ${this.#y(value, top).toFixed(1)}`;
      d += isOpen ? `L${point}` : `M${point}h0.01`;
      isOpen = true;
    }
    return svg('path', { class: `line line-${index}`, d });
  }

  #cursorMarks(top) {
    if (this.#cursor === null) return [];
    const x = this.#x(this.#cursor);
    const marks = [
      svg('line', { class: 'cursor', x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
    ];
    for (const [index, line] of this.#lines.entries()) {
      const value = this.#values(line)[this.#cursor] ?? null;
      if (value === null) continue;
      marks.push(svg('circle', { class: `dot dot-${index}`, cx: x, cy: this.#y(value, top), r: 4 }));
    }
    return marks;
  }
}
