/** Writes what was found as Markdown, of which the tables are also for the terminal. */
import { number, percent, spread, table } from '../report/markdown.js';
import { judge, type Target, tableOfTargets } from '../report/target.js';
import { formatMachine } from '../report.js';
import type { CallName, Way } from './calls.js';
import {
  addedLatency,
  callsPerCpuSecond,
  callsPerSecond,
  disturbance,
  latencyOf,
  samplesOf,
  spreadBy,
} from './figures.js';
import type { LatencyRun, LoadSample, MonitorResults, RegistryRun } from './results.js';
import { ROUTED_TARGET } from './run-registry.js';

/** Added p99 at half of the calls that are wanted of a core, ms, below. */
const LATENCY_TARGET = 5;

const LOADS: readonly { readonly call: CallName; readonly way: Way; readonly what: string }[] = [
  { call: 'list', way: 'monitor', what: 'routed: `list` of a room that an engine has' },
  { call: 'turn', way: 'monitor', what: 'its own: `turn`' },
  { call: 'locate', way: 'monitor', what: 'placed: `locate` of a room that nobody has' },
  { call: 'list', way: 'engine', what: 'for comparison: `list`, past the monitor' },
];

export function monitorTargets({ runs }: MonitorResults): Target[] {
  return runs.flatMap((run) => {
    const routed = spreadBy(samplesOf(run.saturation, 'list', 'monitor'), callsPerCpuSecond);
    return [
      judge({
        what: `routed calls/s of one core, registry: ${run.registry}`,
        wanted: `≥ ${number(ROUTED_TARGET)}`,
        measured: routed === null ? null : spread(routed),
        isMet: routed !== null && routed.median >= ROUTED_TARGET,
        remark: 'by the monitor’s CPU time',
      }),
      ...run.latencies
        .filter(({ halfOf }) => halfOf === 'wanted')
        .map((latency) => judgeLatency(run, latency)),
    ];
  });
}

function judgeLatency({ registry }: RegistryRun, latency: LatencyRun): Target {
  const added = addedLatency(latency, 'p99');
  return judge({
    what: `added latency at half of that, p99, registry: ${registry}`,
    wanted: `< ${LATENCY_TARGET} ms`,
    measured: added === null ? null : spread(added, ' ms'),
    isMet: added !== null && added.median < LATENCY_TARGET,
    remark: `at ${number(latency.rate)} calls/s`,
  });
}

/** @returns lines of Markdown */
export function figureLines({ runs }: MonitorResults): string[] {
  return runs.flatMap((run) => [
    `### Registry: ${run.registry}`,
    '',
    ...saturationTable(run),
    ...run.latencies.flatMap((latency) => [
      `At ${number(latency.rate)} \`list\` calls a second, half of ${latency.halfOf === 'wanted' ? 'what is wanted' : 'the most'}:`,
      '',
      ...latencyTable(latency),
    ]),
  ]);
}

/** @returns the whole page */
export function composeMonitorPage(results: MonitorResults): string {
  const { at, commit, command, minutes, machine, rounds, seconds, attempts, connections, cores, gaps } =
    results;
  const { samples, disturbed } = disturbance(results);
  const withGenerator =
    cores.engine === cores.generator
      ? 'the engine and the load generator share another, which limits the rates before the monitor does: hence the count per'
      : 'the engine and the load generator have one each. What counts is the count per';
  const lines = [
    '# Scaling: the monitor, measured',
    '',
    `Made by \`${command}\` in ${number(minutes)} minutes, which writes this page and the raw numbers`,
    `([monitor.json](monitor.json)).${commit === null ? '' : ` The monitor is that of commit ${commit}.`}`,
    '',
    `**The machine of all figures: ${formatMachine(machine)}, ${at.slice(0, 10)}.** Times of different machines do not`,
    'compare.',
    '',
    '## Targets',
    '',
    ...tableOfTargets(monitorTargets(results)),
    '## Figures',
    '',
    ...figureLines(results),
    '## How it was measured',
    '',
    '- A monitor, an engine and the load generator are processes of their own and talk HTTP over the loopback interface.',
    `  The monitor has a core to itself; ${withGenerator}`,
    '  second of the monitor’s CPU time, which is that of all its threads and of the kernel’s work for it, read from /proc.',
    `- The most: ${connections} keep-alive connections, on each of which a call follows the answer to the last.`,
    '- Latency: calls come at random (a Poisson process), with the same schedule both ways, and count from when they were',
    '  due, not from when they were sent. What is added is the difference of the two percentiles of a round.',
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s, direct and through the monitor by turns. What other programs disturb`,
    `  is measured again, at most ${attempts} times in all. Figures are medians with least and greatest.`,
    ...(disturbed === 0
      ? []
      : [
          `- In ${disturbed} of ${samples} measurements other programs used more than 5% of the monitor’s core.`,
        ]),
    ...gaps.map(({ registry, reason }) => `- Not measured: registry ${registry}, ${reason}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function saturationTable({ saturation }: RegistryRun): string[] {
  const rows = LOADS.map(({ call, way, what }) => {
    const samples = samplesOf(saturation, call, way);
    const ofMonitor = way === 'monitor';
    const load = (value: (sample: LoadSample) => number) =>
      percent(spreadBy(samples, value)?.median ?? Number.NaN);
    return [
      what,
      ofMonitor ? `**${spread(spreadBy(samples, callsPerCpuSecond))}**` : '–',
      spread(spreadBy(samples, callsPerSecond)),
      ofMonitor ? load(({ usage }) => usage.monitorLoad) : '–',
      load(({ usage }) => usage.engineLoad),
      load(({ usage }) => usage.generatorLoad),
    ];
  });
  const head = [
    'calls',
    'per CPU second of the monitor',
    'per second',
    'monitor’s core',
    'engine',
    'generator',
  ];
  return table(head, rows);
}

function latencyTable(run: LatencyRun): string[] {
  const row = (what: string, way: Way) => {
    const samples = samplesOf(run.samples, 'list', way);
    const latency = (percentile: 'p50' | 'p99') =>
      spread(spreadBy(samples, (sample) => latencyOf(sample, percentile)));
    return [what, latency('p50'), latency('p99')];
  };
  return table(
    ['ms', 'p50', 'p99'],
    [
      row('past the monitor', 'engine'),
      row('through the monitor', 'monitor'),
      ['**added**', `**${spread(addedLatency(run, 'p50'))}**`, `**${spread(addedLatency(run, 'p99'))}**`],
    ],
  );
}
