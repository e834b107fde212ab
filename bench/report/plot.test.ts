import { expect, test } from 'vitest';
import { drawBars } from './bars.js';
import { drawPlot, type Plot } from './plot.js';

const plot: Plot = {
  title: 'Cost & growth',
  subtitle: 'one core',
  xLabel: 'participants',
  yLabel: 'µs per packet out',
  series: [
    {
      name: 'a',
      colour: 'blue',
      points: [
        { x: 10, y: 6, min: 5, max: 7 },
        { x: 50, y: 2 },
      ],
    },
    { name: 'target', colour: 'red', style: 'marks', points: [{ x: 10, y: 6 }] },
  ],
};

test('a plot has its axes with units, its legend, its points and its whiskers', () => {
  const svg = drawPlot(plot);
  for (const text of ['Cost &amp; growth', 'participants', 'µs per packet out', '>a<', '>target<']) {
    expect(svg).toContain(text);
  }
  expect(svg.match(/class="dot/g)).toHaveLength(2);
  expect(svg.match(/class="whisker/g)).toHaveLength(1);
  expect(svg).toContain('prefers-color-scheme: dark');
});

test('a plain line has no points', () => {
  const series = plot.series.map((line) => ({ ...line, style: 'plain' as const }));
  expect(drawPlot({ ...plot, series })).not.toContain('class="dot');
});

test('greater values stand higher, on either scale', () => {
  const heights = (yScale: Plot['yScale']) =>
    [...drawPlot({ ...plot, ...(yScale === undefined ? {} : { yScale }) }).matchAll(/cy="([\d.]+)"/g)].map(
      ([, top]) => Number(top),
    );
  for (const scale of ['linear', 'logarithmic'] as const) {
    const [first = 0, second = 0] = heights(scale);
    expect(first).toBeLessThan(second);
  }
});

test('bars are as long as their parts together', () => {
  const svg = drawBars({
    title: 't',
    subtitle: 's',
    bars: [
      { name: 'one', parts: [{ value: 2, colour: 'blue' }], label: '2' },
      {
        name: 'two',
        parts: [
          { value: 1, colour: 'blue' },
          { value: 1, colour: 'red' },
        ],
        label: '2',
      },
    ],
  });
  const [one = 0, ...two] = [...svg.matchAll(/width="([\d.]+)" height="24"/g)].map(([, width]) =>
    Number(width),
  );
  expect(two.reduce((sum, width) => sum + width, 0)).toBeCloseTo(one);
});
