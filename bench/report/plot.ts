/** Draws lines over numbers as SVG: axes with units, a legend, whiskers from least to greatest of the rounds. */
import { type ColourName, drawing, escapeText, textWidth } from './svg.js';

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of a whisker. */
  readonly min?: number;
  readonly max?: number;
}

export interface PlotSeries {
  readonly name: string;
  readonly colour: ColourName;
  /**
   * `dashed` for what is computed or physical; `marks` for targets: points without a line; `plain` for a line without points,
   * where there are many.
   */
  readonly style?: 'line' | 'dashed' | 'marks' | 'plain';
  readonly points: readonly PlotPoint[];
}

export interface Plot {
  readonly title: string;
  /** What was held fixed, and the machine. */
  readonly subtitle: string;
  readonly xLabel: string;
  /** Where they are not the values themselves. */
  readonly xTicks?: readonly number[];
  readonly yLabel: string;
  /** Logarithmic for what spreads over decades. */
  readonly yScale?: 'linear' | 'logarithmic';
  /** Cuts the axis off here, with a word that it did. */
  readonly yMax?: number;
  readonly series: readonly PlotSeries[];
}

const WIDTH = 760;
const HEIGHT = 440;
const MARGIN = { left: 76, right: 28, top: 104, bottom: 58 };
const TICKS = 6;
const WHISKER = 4;

interface Axis {
  /** From a value to a coordinate. */
  place(value: number): number;
  readonly ticks: readonly number[];
}

/** @returns the text of an SVG file */
export function drawPlot(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const xAxis = xAxisOf(
    points.map(({ x }) => x),
    plot.xTicks,
  );
  const ys = points.flatMap(({ y, min = y, max = y }) => [y, min, max]);
  const cut = ys.map((y) => Math.min(y, plot.yMax ?? Number.POSITIVE_INFINITY));
  const yAxis = plot.yScale === 'logarithmic' ? logarithmicAxis(cut) : linearAxis(cut);
  return drawing(WIDTH, HEIGHT, plot.title, [
    `<text x="24" y="32" class="title">${escapeText(plot.title)}</text>`,
    `<text x="24" y="52" class="quiet">${escapeText(plot.subtitle)}</text>`,
    ...drawLegend(plot.series),
    ...drawAxes(plot, xAxis, yAxis),
    '<clipPath id="area"><rect ' +
      `x="${MARGIN.left - 8}" y="${MARGIN.top - 8}" width="${WIDTH - MARGIN.left - MARGIN.right + 16}" ` +
      `height="${HEIGHT - MARGIN.top - MARGIN.bottom + 16}"/></clipPath>`,
    '<g clip-path="url(#area)">',
    ...plot.series.flatMap((series) => drawSeries(series, xAxis, yAxis)),
    '</g>',
  ]);
}

function drawSeries({ colour, style, points }: PlotSeries, xAxis: Axis, yAxis: Axis): string[] {
  const placed = [...points]
    .sort((left, right) => left.x - right.x)
    .map((point) => ({ ...point, left: round(xAxis.place(point.x)), top: round(yAxis.place(point.y)) }));
  if (style === 'marks') return placed.map(({ left, top }) => diamond(colour, left, top));
  const line = placed.map(({ left, top }) => `${left},${top}`).join(' ');
  const dashes = style === 'dashed' ? ' stroke-dasharray="6 5"' : '';
  const whiskers = placed.flatMap(({ left, min, max }) => {
    if (min === undefined || max === undefined || min === max) return [];
    const [low, high] = [round(yAxis.place(min)), round(yAxis.place(max))];
    const ends = [low, high].map((at) => `M${left - WHISKER} ${at}h${2 * WHISKER}`).join('');
    return [`<path d="M${left} ${low}V${high}${ends}" class="whisker stroke-${colour}"/>`];
  });
  const dotted = style === 'plain' ? [] : placed;
  const dots = dotted.map(
    ({ left, top }) => `<circle cx="${left}" cy="${top}" r="4" class="dot fill-${colour}"/>`,
  );
  return [`<polyline points="${line}" class="line stroke-${colour}"${dashes}/>`, ...whiskers, ...dots];
}

function drawLegend(series: readonly PlotSeries[]): string[] {
  let left = 24;
  const top = 78;
  return series.flatMap(({ name, colour, style }) => {
    const start = left;
    left += 32 + textWidth(name) + 18;
    const dashes = style === 'dashed' ? ' stroke-dasharray="6 5"' : '';
    const sign =
      style === 'marks'
        ? diamond(colour, start + 12, top - 4)
        : `<path d="M${start} ${top - 4}h24" class="line stroke-${colour}"${dashes}/>`;
    return [sign, `<text x="${start + 32}" y="${top}" class="text">${escapeText(name)}</text>`];
  });
}

function drawAxes(plot: Plot, xAxis: Axis, yAxis: Axis): string[] {
  const bottom = HEIGHT - MARGIN.bottom;
  const right = WIDTH - MARGIN.right;
  const horizontal = yAxis.ticks.flatMap((tick) => {
    const top = round(yAxis.place(tick));
    return [
      `<path d="M${MARGIN.left} ${top}H${right}" class="grid"/>`,
      `<text x="${MARGIN.left - 10}" y="${top + 4}" class="quiet" text-anchor="end">${formatTick(tick)}</text>`,
    ];
  });
  const vertical = xAxis.ticks.flatMap((tick) => {
    const left = round(xAxis.place(tick));
    return [
      `<path d="M${left} ${bottom}v5" class="axis"/>`,
      `<text x="${left}" y="${bottom + 20}" class="quiet" text-anchor="middle">${formatTick(tick)}</text>`,
    ];
  });
  const middle = (MARGIN.top + bottom) / 2;
  return [
    ...horizontal,
    `<path d="M${MARGIN.left} ${bottom}H${right}" class="axis"/>`,
    ...vertical,
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 16}" class="text" text-anchor="middle">${escapeText(plot.xLabel)}</text>`,
    `<text transform="translate(22 ${middle}) rotate(-90)" class="text" text-anchor="middle">${escapeText(plot.yLabel)}</text>`,
  ];
}

/** The values themselves are the ticks where there are few, since they are what was measured. */
function xAxisOf(values: readonly number[], ticks?: readonly number[]): Axis {
  const sorted = [...new Set(values)].sort((left, right) => left - right);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 1;
  const span = last - first || 1;
  const width = WIDTH - MARGIN.left - MARGIN.right - 32;
  return { place: (value) => MARGIN.left + 16 + ((value - first) / span) * width, ticks: ticks ?? sorted };
}

function linearAxis(values: readonly number[]): Axis {
  const step = stepOf(Math.max(...values, 0) / TICKS);
  const top = Math.max(1, Math.ceil(Math.max(...values, 0) / step)) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  return { place: (value) => HEIGHT - MARGIN.bottom - (value / top) * plotHeight(), ticks };
}

function logarithmicAxis(values: readonly number[]): Axis {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const place = (value: number) =>
    HEIGHT - MARGIN.bottom - ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * plotHeight();
  return { place, ticks };
}

function plotHeight(): number {
  return HEIGHT - MARGIN.bottom - MARGIN.top;
}

/** @returns the next of 1, 2, 5, 10, … */
function stepOf(least: number): number {
  if (!(least > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(least));
  return decade * ([1, 2, 5, 10].find((factor) => factor * decade >= least) ?? 10);
}

function diamond(colour: ColourName, left: number, top: number): string {
  return `<path d="M${left} ${top - 6}l6 6l-6 6l-6 -6z" class="mark stroke-${colour}"/>`;
}

function formatTick(value: number): string {
  if (value >= 10_000) return `${formatTick(value / 1000)}k`;
  return String(Number(value.toPrecision(4)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
