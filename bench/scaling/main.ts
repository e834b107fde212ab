/** `npm run scaling`: simulates clusters and writes docs/scaling with plots and numbers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomOf } from '@kraken/load/random';
import { number, percent, table } from '../report/markdown.js';
import { drawPlot } from '../report/plot.js';
import { type LoadSample, type SimulationResult, simulate } from './simulation.js';

const SEED = 1;
/** Rooms per second and engine that load engines of eight cores by about a half. */
const ROOMS_PER_ENGINE_SECOND = 0.125;
const CLUSTERS = [
  { engines: 100, rooms: 100_000 },
  { engines: 1000, rooms: 1_000_000 },
];
const DEATH_INTERVAL = 60_000;
/** A point for every sample would be a smear. */
const PLOT_POINTS = 60;
const TICK_MINUTES = 30;
const UPGRADE_INTERVAL_OF_ALL = 2 * 3_600_000;

interface Run {
  readonly engines: number;
  readonly result: SimulationResult;
  readonly seconds: number;
}

/**
 * @param args behind the program's name: none, or the number of engines of the one cluster to simulate
 * @param root the repository
 */
export function main(args: readonly string[], root: string): number {
  const [only] = args;
  const clusters = CLUSTERS.filter(({ engines }) => only === undefined || String(engines) === only);
  if (clusters.length === 0) {
    console.error(
      `npm run scaling: ${only}: expected one of ${CLUSTERS.map(({ engines }) => engines).join(', ')}`,
    );
    return 1;
  }
  const runs = clusters.map(({ engines, rooms }): Run => {
    const startedAt = performance.now();
    console.log(`simulating ${engines} engines, ${rooms} rooms`);
    const result = simulate({
      engines,
      rooms,
      roomsPerSecond: engines * ROOMS_PER_ENGINE_SECOND,
      deathInterval: DEATH_INTERVAL,
      upgradeInterval: UPGRADE_INTERVAL_OF_ALL / engines,
      random: randomOf(SEED),
    });
    return { engines, result, seconds: (performance.now() - startedAt) / 1000 };
  });
  const folder = only === undefined ? path.join(root, 'docs/scaling') : path.join(root, 'artifacts/scaling');
  mkdirSync(folder, { recursive: true });
  for (const run of runs) writeFileSync(path.join(folder, plotOf(run)), drawLoads(run));
  writeFileSync(path.join(folder, 'results.json'), `${JSON.stringify(runs, withoutTimes)}\n`);
  writeFileSync(path.join(folder, 'README.md'), `${reportLines(runs).join('\n').trimEnd()}\n`);
  console.log(reportLines(runs).join('\n'));
  return runs.every(({ result }) => result.split === 0) ? 0 : 1;
}

/** One number for each moved room: the page tells their quantiles. */
function withoutTimes(key: string, value: unknown): unknown {
  return key === 'backAfter' ? undefined : value;
}

function reportLines(runs: readonly Run[]): string[] {
  const rows = runs.map(({ engines, result, seconds }) => {
    const { rooms, joins, deaths, upgrades, moved, split, refused, backAfter } = result;
    const settled = settledOf(result.samples);
    const back = (share: number) =>
      number((backAfter[Math.floor(share * (backAfter.length - 1))] ?? 0) / 1000);
    return [
      [number(engines), number(rooms), number(joins), number(deaths), number(upgrades)],
      [percent(meanOf(settled.map(({ mean }) => mean)))],
      [number(meanOf(settled.map(({ p99, mean }) => p99 / mean)))],
      [number(Math.max(...settled.map(({ p99, mean }) => p99 / mean)))],
      [number(moved), `${back(0.5)} / ${back(0.99)}`, number(refused), `**${split}**`, number(seconds)],
    ].flat();
  });
  return [
    '# Scaling: the placement, simulated',
    '',
    'Made by `npm run scaling`. The monitor’s registry, the code that runs in the monitor, under a virtual clock with seeded',
    'chance: engines of eight cores report every two seconds, rooms come and go as people make them (nine of ten have 2 to 10',
    'participants, one of five thousand about a thousand), no message is late or lost, every minute an engine dies (every other one by hanging, so that',
    'only its silence tells), and all engines are upgraded one after the other within two hours: each drains for up to 15',
    'minutes, and what is left then rejoins elsewhere. Loads are what the rooms cost by the figures of',
    '[the performance report](../performance/README.md).',
    '',
    ...table(
      [
        'engines',
        'rooms',
        'joins',
        'deaths',
        'upgrades',
        'mean load',
        'p99 of engines by mean',
        'at worst',
        'rooms moved',
        'back after, s (p50 / p99)',
        'refused joins',
        'rooms in two places',
        'simulated in, s',
      ],
      rows,
      0,
    ),
    'A room moves only when its engine dies, or is upgraded with people in it. “Back after” is the time until all of a moved',
    'room’s people have joined again, at clients that poll every three seconds.',
    '',
    ...runs.flatMap((run) => [`![Load of ${run.engines} engines](${plotOf(run)})`, '']),
    '## Toward a hundred thousand engines',
    '',
    'What grows is the heartbeats: 1,000 engines of 100 rooms each are 500 a second and 50,000 room ids a second. A monitor',
    'with its registry in memory takes each as one pass over the rooms. Where monitors share a Redis, that is told what has',
    'changed of an engine’s rooms and no more, so that its one core goes into calls and placements; [monitor.md](monitor.md)',
    'has how many of each a core carries.',
    '',
    'Beyond some thousands of engines the registry has to be cut, and nothing in it stands against that:',
    '',
    '- *By region first.* A room is placed in its client’s region, so that a region’s monitors and Redis need to know no other',
    '  region’s rooms: 100,000 engines in twenty regions are 5,000 in each. A balancer that knows regions, or DNS, sends clients',
    '  there. A room that has people of two regions belongs to where it was opened; its link has to say so.',
    '- *Then by room.* Each call is about one room, and all keys of a registry begin with one hash tag. With a tag for each',
    '  shard, chosen by a hash of the room’s id, a Redis Cluster spreads the shards over its servers; an engine reports to',
    '  each shard the rooms that are there. Engines and their loads are then known to all shards: that part of a heartbeat',
    '  grows with their number, and is what a shard costs.',
    '- *Monitors* keep what they have routed of late and the rooms of engines that report to them, and decide nothing alone: more',
    '  of them carry more calls.',
  ];
}

function drawLoads({ engines, result }: Run): string {
  const { samples } = result;
  const step = Math.ceil(samples.length / PLOT_POINTS);
  const shown = samples.filter((_, place) => place % step === 0);
  const points = (value: (sample: LoadSample) => number) =>
    shown.map((sample) => ({ x: sample.at / 60, y: 100 * value(sample) }));
  const minutes = (samples.at(-1)?.at ?? 0) / 60;
  const xTicks = Array.from(
    { length: Math.floor(minutes / TICK_MINUTES) + 1 },
    (_, place) => place * TICK_MINUTES,
  );
  return drawPlot({
    title: `Load of ${number(engines)} engines`,
    subtitle: `${number(result.rooms)} rooms, ${result.deaths} deaths, ${result.upgrades} upgrades; simulated`,
    xLabel: 'minutes',
    xTicks,
    yLabel: '% of an engine’s cores',
    series: [
      { name: 'mean', colour: 'blue', points: points(({ mean }) => mean) },
      { name: 'p99 of engines', colour: 'orange', points: points(({ p99 }) => p99) },
    ],
  });
}

/** The middle, between the filling and the emptying. */
function settledOf(samples: readonly LoadSample[]): LoadSample[] {
  const most = Math.max(...samples.map(({ rooms }) => rooms));
  return samples.filter(({ rooms }) => rooms > 0.8 * most);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function plotOf({ engines }: Run): string {
  return `load-${engines}.svg`;
}
