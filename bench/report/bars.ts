/** Draws horizontal bars as SVG, each of one part or of several that add up. */
import { type ColourName, drawing, escapeText, textWidth } from './svg.js';

export interface BarPart {
  readonly value: number;
  readonly colour: ColourName;
  /** For the legend, where bars have several parts. */
  readonly name?: string;
}

export interface Bar {
  readonly name: string;
  readonly parts: readonly BarPart[];
  /** Behind the bar. */
  readonly label: string;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly Bar[];
  /** A line across all bars, with its name. */
  readonly target?: { readonly value: number; readonly name: string };
}

const WIDTH = 760;
const NAMES_WIDTH = 130;
const LABELS_WIDTH = 130;
const BAR_HEIGHT = 24;
const ROW_HEIGHT = 38;
const SIDE = 24;
const LEGEND_TOP = 68;
const LEGEND_ROW_HEIGHT = 22;

/** @returns the text of an SVG file */
export function drawBars(chart: BarChart): string {
  const legend = legendOf(chart);
  const top = 76 + (legend.rows === 0 ? 0 : 6 + legend.rows * LEGEND_ROW_HEIGHT);
  const bottom = top + chart.bars.length * ROW_HEIGHT;
  const height = bottom + (chart.target === undefined ? 12 : 34);
  const totals = chart.bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const scale =
    (WIDTH - 2 * SIDE - NAMES_WIDTH - LABELS_WIDTH) / Math.max(...totals, chart.target?.value ?? 0);
  const left = SIDE + NAMES_WIDTH;
  return drawing(WIDTH, height, chart.title, [
    `<text x="${SIDE}" y="32" class="title">${escapeText(chart.title)}</text>`,
    `<text x="${SIDE}" y="52" class="quiet">${escapeText(chart.subtitle)}</text>`,
    ...legend.elements,
    ...chart.bars.flatMap((bar, place) => drawBar(bar, left, top + place * ROW_HEIGHT, scale)),
    `<path d="M${left} ${top - 6}V${bottom - 6}" class="axis"/>`,
    ...drawTarget(chart, left, top, bottom, scale),
  ]);
}

function drawBar({ name, parts, label }: Bar, left: number, top: number, scale: number): string[] {
  const middle = top + BAR_HEIGHT / 2 + 4;
  let at = left;
  const drawn = parts.map(({ value, colour }) => {
    const start = at;
    at += value * scale;
    const width = (at - start).toFixed(1);
    return `<rect x="${start.toFixed(1)}" y="${top}" width="${width}" height="${BAR_HEIGHT}" class="fill-${colour}"/>`;
  });
  return [
    `<text x="${left - 10}" y="${middle}" class="text" text-anchor="end">${escapeText(name)}</text>`,
    ...drawn,
    `<text x="${(at + 8).toFixed(1)}" y="${middle}" class="text">${escapeText(label)}</text>`,
  ];
}

function drawTarget(
  { target }: BarChart,
  left: number,
  top: number,
  bottom: number,
  scale: number,
): string[] {
  if (target === undefined) return [];
  const at = (left + target.value * scale).toFixed(1);
  return [
    `<path d="M${at} ${top - 8}V${bottom}" class="line stroke-red" stroke-dasharray="6 5"/>`,
    `<text x="${at}" y="${bottom + 16}" class="quiet" text-anchor="middle">${escapeText(target.name)}</text>`,
  ];
}

interface Legend {
  readonly elements: readonly string[];
  readonly rows: number;
}

/** Names of parts, in as many rows as they need. */
function legendOf({ bars }: BarChart): Legend {
  const names = new Map<string, ColourName>();
  for (const { name, colour } of bars.flatMap(({ parts }) => parts)) {
    if (name !== undefined) names.set(name, colour);
  }
  let left = SIDE;
  let row = 0;
  const elements = [...names].flatMap(([name, colour]) => {
    const width = 20 + textWidth(name) + 16;
    if (left + width > WIDTH - SIDE) {
      left = SIDE;
      row++;
    }
    const start = left;
    const top = LEGEND_TOP + row * LEGEND_ROW_HEIGHT;
    left += width;
    return [
      `<rect x="${start}" y="${top}" width="12" height="12" class="fill-${colour}"/>`,
      `<text x="${start + 20}" y="${top + 10.5}" class="text">${escapeText(name)}</text>`,
    ];
  });
  return { elements, rows: names.size === 0 ? 0 : row + 1 };
}
