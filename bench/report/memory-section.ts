/** The report's part on memory. */
import { image, number, table } from './markdown.js';
import { drawPlot, type PlotSeries } from './plot.js';
import type { BenchResults } from './results.js';
import { type Section, sfuColour, subtitleOf } from './section.js';

const MEGABYTE = 1e6;
const KILOBYTE = 1e3;
const FILE = 'memory-churn.svg';

export function memorySection(results: BenchResults): Section | null {
  const { memory } = results;
  if (memory.length === 0) return null;
  const rows = memory.flatMap(({ sfu, result }) => [
    ...result.participants.map(({ participants, sending, idleBytes, bytes, bytesPerParticipant }) => [
      sfu,
      `${number(participants)}, ${sending ? 'all speak' : 'silent'}`,
      number(idleBytes / MEGABYTE),
      number(bytes / MEGABYTE),
      number(bytesPerParticipant / KILOBYTE),
    ]),
  ]);
  const slopes = memory.flatMap(({ sfu, result: { bytesPerSilentParticipant } }) =>
    bytesPerSilentParticipant === null
      ? []
      : [`- ${sfu}: ${number(bytesPerSilentParticipant / KILOBYTE)} KB for one silent participant more.`],
  );
  const churn = drawChurn(results);
  return {
    lines: [
      '## Memory',
      '',
      'Resident memory of all of an SFU’s processes, in rooms of 10; each run has a fresh SFU. One participant more is the',
      'slope over the runs, free of what the first participants make an SFU load.',
      '',
      ...table(['', 'participants', 'idle MB', 'with them MB', 'KB per participant'], rows, 2),
      ...slopes,
      '',
      ...(churn === null ? [] : image('Memory over churn', FILE)),
    ],
    plots: churn === null ? [] : [{ file: FILE, svg: churn }],
  };
}

function drawChurn(results: BenchResults): string | null {
  const series = results.memory.flatMap(({ sfu, result: { churn } }): PlotSeries[] =>
    churn === null
      ? []
      : [
          {
            name: sfu,
            colour: sfuColour(sfu),
            points: churn.readings.map(({ joins, bytes }) => ({ x: joins, y: bytes / MEGABYTE })),
          },
        ],
  );
  if (series.length === 0) return null;
  return drawPlot({
    title: 'Memory over churn',
    subtitle: `resident memory when all who joined have left again · ${subtitleOf(results)}`,
    xLabel: 'joins and leaves so far',
    yLabel: 'MB',
    series,
  });
}
