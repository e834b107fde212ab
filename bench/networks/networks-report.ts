/** Writes what was found as Markdown with plots, of which the tables are also for the terminal. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { image, number, percent, spread, table } from '../report/markdown.js';
import { drawPlot, type PlotPoint } from '../report/plot.js';
import type { PlotFile } from '../report/section.js';
import type { Spread } from '../report/statistics.js';
import type { ColourName } from '../report/svg.js';
import { judge, type Target, tableOfTargets } from '../report/target.js';
import { formatMachine } from '../report.js';
import { BAD_NETWORKS } from './conditions.js';
import { type FigureName, figureOf, targetNetwork, timesLess } from './figures.js';
import { methodLines } from './method.js';
import type { NetworksResults } from './results.js';
import { FORWARDING, RECOVERY, RECOVERY_PLAIN, VARIANTS, type Variant } from './variants.js';

/** By how many times the concealed share is to fall. */
const TARGET_RATIO = 4;
/** Where forwarding alone conceals less than this share, ratios are those of chance. */
const LEAST_CONCEALED = 0.005;
/** Of the page's plots and raw numbers, beside it. */
const FOLDER = 'bad-networks';

const COLOURS: ReadonlyMap<Variant, ColourName> = new Map([
  [FORWARDING, 'orange'],
  [RECOVERY, 'blue'],
  [RECOVERY_PLAIN, 'teal'],
]);

export function networksTargets(results: NetworksResults): Target[] {
  const network = targetNetwork();
  return [RECOVERY, RECOVERY_PLAIN].map(({ name }) => {
    const ratio = timesLess(results, network, name);
    return judge({
      what: `concealed share at ${network} each way, forwarding alone against ${name}`,
      wanted: `≥ ${TARGET_RATIO} times less`,
      measured: ratio === null ? null : spread(ratio, ' times'),
      isMet: ratio !== null && ratio.median >= TARGET_RATIO,
      remark: `${share(figureOf(results, network, FORWARDING.name, 'concealed'))} against ${share(figureOf(results, network, name, 'concealed'))}`,
    });
  });
}

/**
 * Writes the page, and its plots and results.json into a folder beside it.
 * @returns the page's path
 */
export function writeNetworksReport(docs: string, results: NetworksResults): string {
  const folder = path.join(docs, FOLDER);
  mkdirSync(folder, { recursive: true });
  for (const { file, svg } of plotsOf(results)) writeFileSync(path.join(folder, file), svg);
  writeFileSync(path.join(folder, 'results.json'), `${JSON.stringify(results)}\n`);
  const page = path.join(docs, `${FOLDER}.md`);
  writeFileSync(page, composeNetworksPage(results));
  return page;
}

export function composeNetworksPage(results: NetworksResults): string {
  const { at, commit, command, minutes, machine } = results;
  const lines = [
    '# Calls over bad networks',
    '',
    `Made by \`${command}\` in ${number(minutes)} minutes, which writes this page, its plots and the raw numbers`,
    `([results.json](${FOLDER}/results.json)).${commit === null ? '' : ` The engine is that of commit ${commit}.`}`,
    '',
    `**The machine of all figures: ${formatMachine(machine)}, ${at.slice(0, 10)}.**`,
    '',
    '## Target',
    '',
    ...tableOfTargets(networksTargets(results)),
    ...figureLines(results),
    ...gapLines(results),
    ...methodLines(results),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** @returns lines of Markdown */
export function figureLines(results: NetworksResults): string[] {
  const plots = plotsOf(results).map(({ file }) => `${FOLDER}/${file}`);
  return [
    '## Sound that the decoder made up',
    '',
    'Of all that the listener heard, the share that its decoder made up for lack of packets: median (least–greatest) of the',
    'rounds. How many times less it is with recovery is reckoned within each round.',
    '',
    ...image('Concealed share by loss', plots[0] ?? ''),
    ...concealedTable(results),
    '## How long sound waits',
    '',
    'In the listener’s jitter buffer, on average, ms. What is sent again or once more comes later than what was not lost:',
    'the buffer waits for it.',
    '',
    ...image('Jitter buffer by loss', plots[1] ?? ''),
    ...delayTable(results),
    '## What became of packets',
    '',
    'Medians, with forwarding alone → with recovery, as shares of the packets that the listener should have got or, where it',
    'sent them, of the publisher’s. What is played as silence is a share of the sound. The listener may ask for several packets',
    'at once. Not needed is what came too late, or had come before: in RED each packet comes up to three times. Who counts',
    'what never came subtracts what came twice (RFC 3550, A.3), and so may get below 0%.',
    '',
    ...packetTable(results),
  ];
}

function measuredNetworks({ rooms }: NetworksResults) {
  return BAD_NETWORKS.filter(({ name }) => rooms.some(({ network }) => network === name));
}

function concealedTable(results: NetworksResults): string[] {
  const rows = measuredNetworks(results).map(({ name }) => [
    name,
    share(figureOf(results, name, FORWARDING.name, 'concealed')),
    `**${share(figureOf(results, name, RECOVERY.name, 'concealed'))}**`,
    gain(results, name),
    share(figureOf(results, name, RECOVERY_PLAIN.name, 'concealed')),
  ]);
  return table(['each way', FORWARDING.name, RECOVERY.name, 'times less', 'the same, plain client'], rows);
}

function delayTable(results: NetworksResults): string[] {
  const rows = measuredNetworks(results).map((network) => [
    network.name,
    ...VARIANTS.map(({ name }) => spread(figureOf(results, network.name, name, 'jitterBufferDelay'))),
  ]);
  return table(['each way', ...VARIANTS.map(({ name }) => name)], rows);
}

function packetTable(results: NetworksResults): string[] {
  const rows = measuredNetworks(results).map(({ name }) => {
    const both = (figure: FigureName) =>
      [FORWARDING, RECOVERY]
        .map((variant) => middle(figureOf(results, name, variant.name, figure)))
        .join(' → ');
    return [
      name,
      both('lost'),
      both('discarded'),
      both('concealedSilent'),
      both('resentByPublisher'),
      both('asked'),
      both('redundant'),
    ];
  });
  const head = [
    'never came',
    'not needed',
    'played as silence',
    'publisher sent again',
    'listener asked',
    'restored',
  ];
  return table(['each way', ...head], rows);
}

function plotsOf(results: NetworksResults): PlotFile[] {
  const { machine, at } = results;
  const subtitle = `Chromium, ${machine.processor}, ${machine.cores} cores, ${at.slice(0, 10)}`;
  const xLabel = 'packets lost at random each way, %';
  const series = (figure: FigureName, factor: number) =>
    VARIANTS.map((variant) => ({
      name: variant.name,
      colour: COLOURS.get(variant) ?? 'grey',
      points: BAD_NETWORKS.filter(({ isRandomLoss }) => isRandomLoss).flatMap(({ name, conditions }) =>
        pointOf(100 * conditions.loss, figureOf(results, name, variant.name, figure), factor),
      ),
    })).filter(({ points }) => points.length > 0);
  const concealed = { title: 'Sound made up for lack of packets', yLabel: '% of what is heard' };
  const waits = { title: 'Sound waits in the jitter buffer', yLabel: 'ms' };
  return [
    {
      file: 'concealed.svg',
      svg: drawPlot({ ...concealed, subtitle, xLabel, series: series('concealed', 100) }),
    },
    {
      file: 'jitter-buffer.svg',
      svg: drawPlot({ ...waits, subtitle, xLabel, series: series('jitterBufferDelay', 1) }),
    },
  ];
}

function pointOf(x: number, values: Spread | null, factor: number): PlotPoint[] {
  if (values === null) return [];
  return [{ x, y: factor * values.median, min: factor * values.min, max: factor * values.max }];
}

function gapLines({ gaps }: NetworksResults): string[] {
  if (gaps.length === 0) return [];
  const lines = gaps.map(
    ({ network, variant, round, reason }) =>
      `- round ${round}, ${network}, ${variant}: ${reason.split('\n')[0]}`,
  );
  return ['## Not measured', '', ...lines, ''];
}

/** How many times less is concealed with recovery, where there is something to recover. */
function gain(results: NetworksResults, network: string): string {
  const forwarding = figureOf(results, network, FORWARDING.name, 'concealed');
  return forwarding === null || forwarding.median < LEAST_CONCEALED
    ? '–'
    : spread(timesLess(results, network));
}

/** As percentages. */
function share(values: Spread | null): string {
  if (values === null) return '–';
  const { median, min, max, rounds } = values;
  return spread({ median: 100 * median, min: 100 * min, max: 100 * max, rounds }, '%');
}

function middle(values: Spread | null): string {
  return values === null ? '–' : percent(values.median);
}
