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
  const slopes = memory.flatMap(({ sfu, result }) => [
    ...slopeLine(sfu, 'silent', result.bytesPerSilentParticipant),
    ...slopeLine(sfu, 'speaking', result.bytesPerSpeakingParticipant),
  ]);
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
      ...(churn === null ? [] : churnLines(results)),
    ],
    plots: churn === null ? [] : [{ file: FILE, svg: churn }],
  };
}

function slopeLine(sfu: string, kind: string, bytes: number | null): string[] {
  return bytes === null ? [] : [`- ${sfu}: ${number(bytes / KILOBYTE)} KB for one ${kind} participant more.`];
}

function churnLines({ memory }: BenchResults): string[] {
  const greatest = memory.flatMap(({ sfu, result: { churn } }) => {
    if (churn === null) return [];
    const bytes = Math.max(...churn.readings.map(({ residentBytes }) => residentBytes));
    return [`${sfu} ${number(bytes / MEGABYTE)} MB`];
  });
  return [
    'Memory over churn is read behind a full garbage collection, so that it shows what is kept; a heap that is left alone',
    `breathes within tens of megabytes. The most that was resident without one: ${greatest.join(', ')}.`,
    '',
    ...image('Memory over churn', FILE),
  ];
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
    subtitle: `resident memory when all who joined have left again, garbage collected · ${subtitleOf(results)}`,
    xLabel: 'joins and leaves so far',
    yLabel: 'MB',
    series,
  });
}
