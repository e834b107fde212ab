/** Prints what rooms cost as a table, while the report proper is Markdown. */
import type { Machine } from './machine.js';
import type { CostSample } from './report/results.js';
import type { ScenarioResult } from './scenario-result.js';

const MEGABYTE = 1e6;
/** Others on the engine's core, or the generator near its own core's limit: above these the report says so. */
const MAX_OTHERS_LOAD = 0.05;
const MAX_GENERATOR_LOAD = 0.85;
const MAX_LATENESS_MS = 20;

interface Column {
  readonly title: string;
  /** `sendFloor` is what a bare send of one datagram takes here, in microseconds. */
  readonly value: (result: ScenarioResult, sendFloor: number) => string;
}

const COST_COLUMNS: readonly Column[] = [
  { title: 'packets/s in', value: (result) => result.packetsInPerSecond.toFixed(0) },
  { title: 'packets/s out', value: (result) => result.packetsOutPerSecond.toFixed(0) },
  { title: 'CPU %', value: (result) => percent(result.engine?.load) },
  { title: 'us/packet out', value: (result) => decimal(result.engine?.microsecondsPerPacketOut) },
  { title: 'x bare send', value: (result, sendFloor) => timesSendFloor(result, sendFloor) },
  { title: 'user', value: (result) => decimal(result.engine?.userMicroseconds) },
  { title: 'kernel', value: (result) => decimal(result.engine?.systemMicroseconds) },
  { title: 'loss %', value: (result) => (result.loss * 100).toFixed(3) },
  { title: 'RSS MB', value: (result) => scaled(result.engine?.residentBytes, MEGABYTE) },
];

const DETAIL_COLUMNS: readonly Column[] = [
  { title: 'main thread %', value: (result) => percent(result.engine?.mainThreadLoad) },
  { title: 'worker %', value: (result) => percent(result.engine?.workerThreadLoad) },
  { title: 'other threads %', value: (result) => percent(result.engine?.otherThreadsLoad) },
  { title: 'sleeps/s', value: (result) => result.engine?.switchesPerSecond.toFixed(0) ?? '' },
  { title: 'others on core %', value: (result) => percent(result.engine?.othersLoad) },
  { title: 'us/packet in the quietest second', value: (result) => quietest(result) },
  { title: 'generator %', value: (result) => percent(result.generatorLoad) },
  { title: 'latest send ms', value: (result) => result.maxLateness.toFixed(1) },
  { title: 'verified', value: (result) => String(result.verified) },
  { title: 'joined in s', value: (result) => result.joinSeconds?.toFixed(1) ?? '' },
];

/**
 * @param sendFloor microseconds that a bare send of one datagram takes here
 * @returns tables, and what is wrong with the figures, in lines
 */
export function formatReport(machine: Machine, sendFloor: number, samples: readonly CostSample[]): string {
  if (samples.length === 0) return formatMachine(machine);
  return [
    formatMachine(machine),
    'The SFU has one core to itself, the participants another. CPU is that of the whole SFU.',
    `Nothing but a batched send of one small datagram takes ${sendFloor.toFixed(2)} us of CPU on this machine.`,
    '',
    formatTable(COST_COLUMNS, samples, sendFloor),
    '',
    formatTable(DETAIL_COLUMNS, samples, sendFloor),
    ...samples.flatMap(warningsOf).map((warning) => `\nNote: ${warning}`),
    ...faultsOf(samples).map((fault) => `\nFAULT: ${fault}`),
  ].join('\n');
}

export function formatMachine({ processor, cores, memoryBytes, kernel, node }: Machine): string {
  return `${processor}, ${cores} cores, ${(memoryBytes / 1e9).toFixed(1)} GB, ${kernel}, Node ${node}`;
}

/** @returns what makes a result doubtful, in words */
export function warningsOf({ sfu, result }: CostSample): string[] {
  const warnings: string[] = [];
  const { engine, generatorLoad, maxLateness } = result;
  const name = `${result.name} on ${sfu}`;
  if (engine !== null && engine.othersLoad > MAX_OTHERS_LOAD) {
    warnings.push(`${name}: other processes used ${percent(engine.othersLoad)}% of the SFU's core`);
  }
  if (generatorLoad > MAX_GENERATOR_LOAD) {
    warnings.push(`${name}: the generator used ${percent(generatorLoad)}% of its core`);
  }
  if (maxLateness > MAX_LATENESS_MS) {
    warnings.push(`${name}: a participant sent up to ${maxLateness.toFixed(0)} ms late`);
  }
  return warnings;
}

/** @returns what makes a run fail, in words */
export function faultsOf(samples: readonly CostSample[]): string[] {
  return samples.flatMap(({ sfu, result }) =>
    result.faults.map((fault) => `${result.name} on ${sfu}: ${fault}`),
  );
}

function formatTable(columns: readonly Column[], samples: readonly CostSample[], sendFloor: number): string {
  const rows = [
    ['scenario', 'SFU', ...columns.map(({ title }) => title)],
    ...samples.map(({ sfu, result }) => [
      result.name,
      sfu,
      ...columns.map(({ value }) => value(result, sendFloor)),
    ]),
  ];
  const widths = rows[0]?.map((_, place) => Math.max(...rows.map((row) => row[place]?.length ?? 0))) ?? [];
  const format = (row: readonly string[]) =>
    row
      .map((cell, place) => (place < 2 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join('  ');
  const [head = [], ...body] = rows;
  return [format(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(format)].join('\n');
}

/** The figure that compares between machines: the kernel's share differs among them several times over. */
function timesSendFloor({ engine }: ScenarioResult, sendFloor: number): string {
  const cost = engine?.microsecondsPerPacketOut ?? null;
  return cost === null ? '' : (cost / sendFloor).toFixed(1);
}

function quietest({ quietest }: ScenarioResult): string {
  if (quietest === null) return '';
  return `${decimal(quietest.microsecondsPerPacketOut)} (others ${percent(quietest.othersLoad)}%)`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : (share * 100).toFixed(1);
}

function decimal(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : value.toFixed(2);
}

function scaled(value: number | null | undefined, unit: number): string {
  return value === null || value === undefined ? '' : (value / unit).toFixed(0);
}
