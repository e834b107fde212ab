/** The report's part on CPU time per packet out: who costs what in which rooms, and how that grows. */
import { KRAKEN_NAME } from '../options.js';
import type { ScenarioResult } from '../scenario-result.js';
import { meshSizeOf, type Scenario } from '../scenarios.js';
import { costOf, floorOf, isSaturated, ratioToFloor, ratioToPeer, resultSpread } from './figures.js';
import { image, number, percent, spread, table } from './markdown.js';
import { drawPlot, type Plot, type PlotPoint, type PlotSeries } from './plot.js';
import type { BenchResults } from './results.js';
import { type Section, sfuColour, subtitleOf } from './section.js';
import type { Spread } from './statistics.js';
import { COST_TARGETS } from './targets.js';

const MEGABYTE = 1e6;
const SATURATED = ' †';

export function costSection(results: BenchResults): Section | null {
  if (results.cost.length === 0) return null;
  const names = results.sfus.map(({ name }) => name);
  const rooms = results.scenarios.filter((scenario) => scenario.rooms.length > 0);
  const hasDagger = rooms.some(({ name }) => names.some((sfu) => isSaturated(results, sfu, name)));
  const plots = growthPlots(results, rooms);
  return {
    lines: [
      '## CPU time per packet out',
      '',
      'Microseconds of CPU time of the whole SFU, the kernel’s work for it included: median (least–greatest) of the',
      `rounds. The floor is [a C program](#the-physical-floor) that does no more than it must.`,
      '',
      ...plots.flatMap(({ file, title }) => image(title, file)),
      ...costTable(results, rooms),
      ...(hasDagger
        ? ['† at its limit: it lost more than 0.1% of the packets, or had no CPU time left.', '']
        : []),
      'Ratios, each within a round:',
      '',
      ...ratioTable(results, rooms),
      `### ${KRAKEN_NAME} in detail`,
      '',
      ...detailTable(results),
    ],
    plots: plots.map(({ file, svg }) => ({ file, svg })),
  };
}

function costTable(results: BenchResults, rooms: readonly Scenario[]): string[] {
  const names = results.sfus.map(({ name }) => name);
  const rows = rooms.map(({ name }) => [
    name,
    ...names.map(
      (sfu) => spread(costOf(results, sfu, name)) + (isSaturated(results, sfu, name) ? SATURATED : ''),
    ),
    spread(floorOf(results, name)),
  ]);
  return table(['µs per packet out', ...names, 'floor'], rows);
}

function ratioTable(results: BenchResults, rooms: readonly Scenario[]): string[] {
  const peers = results.sfus.map(({ name }) => name).filter((name) => name !== KRAKEN_NAME);
  const head = ['', ...peers.map((peer) => `${KRAKEN_NAME} / ${peer}`), `${KRAKEN_NAME} / floor`];
  const rows = rooms.map(({ name }) => [
    name,
    ...peers.map((peer) => spread(ratioToPeer(results, peer, name))),
    spread(ratioToFloor(results, KRAKEN_NAME, name)),
  ]);
  return table(head, rows);
}

function detailTable(results: BenchResults): string[] {
  const rows = results.scenarios.map(({ name }) => {
    const of = (value: (result: ScenarioResult) => number | null) => {
      const values = resultSpread(results, KRAKEN_NAME, name, value);
      return values === null ? null : values.median;
    };
    const figure = (value: (result: ScenarioResult) => number | null, format = number) => {
      const median = of(value);
      return median === null ? '–' : format(median);
    };
    return [
      name,
      figure((result) => result.packetsOutPerSecond),
      figure((result) => result.engine?.load ?? null, percent),
      figure((result) => result.engine?.userMicroseconds ?? null),
      figure((result) => result.engine?.systemMicroseconds ?? null),
      figure((result) => result.engine?.mainThreadLoad ?? null, percent),
      figure((result) => result.engine?.workerThreadLoad ?? null, percent),
      figure((result) => result.engine?.otherThreadsLoad ?? null, percent),
      figure((result) => result.engine?.switchesPerSecond ?? null),
      figure((result) => result.loss, percent),
    ];
  });
  const head = ['', 'packets/s out', 'of a core', 'µs user', 'µs kernel'];
  const threads = ['main thread', 'media worker', 'other threads', 'sleeps/s', 'lost'];
  return table([...head, ...threads], rows);
}

interface NamedPlot {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

interface GrowthPlot {
  readonly file: string;
  readonly title: string;
  readonly yLabel: string;
  readonly spreadOf: (sfu: string, scenario: string) => Spread | null;
  /** Beside those of the SFUs. */
  readonly more: readonly PlotSeries[];
}

function growthPlots(results: BenchResults, scenarios: readonly Scenario[]): NamedPlot[] {
  const meshes = scenarios.filter((scenario) => meshSizeOf(scenario) !== null);
  if (meshes.length < 2) return [];
  const floor: PlotSeries = {
    name: 'floor in C',
    colour: 'grey',
    style: 'dashed',
    points: pointsOf(meshes, (scenario) => floorOf(results, scenario)),
  };
  const targets: PlotSeries = {
    name: `target of ${KRAKEN_NAME}`,
    colour: 'red',
    style: 'marks',
    points: meshes.flatMap((scenario) => {
      const [, y] = COST_TARGETS.find(([name]) => name === scenario.name) ?? [];
      const x = meshSizeOf(scenario);
      return x === null || y === undefined ? [] : [{ x, y }];
    }),
  };
  const plots: GrowthPlot[] = [
    {
      file: 'cost.svg',
      title: 'CPU time per packet out',
      yLabel: 'µs per packet out',
      spreadOf: (sfu, scenario) => costOf(results, sfu, scenario),
      more: [floor, targets],
    },
    {
      file: 'cost-to-floor.svg',
      title: 'Cost as a multiple of the physical floor',
      yLabel: 'times the floor',
      spreadOf: (sfu, scenario) => ratioToFloor(results, sfu, scenario),
      more: [],
    },
    {
      file: 'load.svg',
      title: 'Load of the core',
      yLabel: '% of one core',
      spreadOf: (sfu, scenario) =>
        resultSpread(results, sfu, scenario, ({ engine }) => (engine === null ? null : engine.load * 100)),
      more: [],
    },
    {
      file: 'resident-memory.svg',
      title: 'Resident memory',
      yLabel: 'MB',
      spreadOf: (sfu, scenario) =>
        resultSpread(results, sfu, scenario, ({ engine }) =>
          engine === null ? null : engine.residentBytes / MEGABYTE,
        ),
      more: [],
    },
  ];
  return plots.flatMap((growth) => drawGrowth(results, meshes, growth));
}

function drawGrowth(results: BenchResults, meshes: readonly Scenario[], growth: GrowthPlot): NamedPlot[] {
  const series = results.sfus.map(
    ({ name }): PlotSeries => ({
      name,
      colour: sfuColour(name),
      points: pointsOf(meshes, (scenario) => growth.spreadOf(name, scenario)),
    }),
  );
  const drawn = [...series, ...growth.more].filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return [];
  const { file, title, yLabel } = growth;
  const plot: Plot = {
    title,
    subtitle: `one room of N who all speak · ${subtitleOf(results)}`,
    xLabel: 'participants N',
    yLabel,
    series: drawn,
  };
  return [{ file, title, svg: drawPlot(plot) }];
}

function pointsOf(meshes: readonly Scenario[], figure: (scenario: string) => Spread | null): PlotPoint[] {
  return meshes.flatMap((scenario) => {
    const x = meshSizeOf(scenario);
    const values = figure(scenario.name);
    return x === null || values === null ? [] : [{ x, y: values.median, min: values.min, max: values.max }];
  });
}
