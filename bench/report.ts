/** Prints results as tables, and writes them as JSON. */
import type { Machine } from './machine.js';
import { bytesPerParticipant, type ScenarioResult } from './scenario-result.js';

const MEGABYTE = 1e6;
const KILOBYTE = 1e3;
/** Others on the engine's core, or the generator near its own core's limit: above these the report says so. */
const MAX_OTHERS_LOAD = 0.05;
const MAX_GENERATOR_LOAD = 0.85;
const MAX_LATENESS_MS = 20;

const IDLE_TARGET = { load: 0.01, residentBytes: 150e6 };
const COST_TARGET = { participants: 20, microseconds: 4 };

interface Column {
  readonly title: string;
  /** `sendFloor` is what a bare send of one datagram takes here, in microseconds. */
  readonly value: (result: ScenarioResult, sendFloor: number) => string;
}

const COST_COLUMNS: readonly Column[] = [
  { title: 'scenario', value: (result) => result.name },
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
  { title: 'scenario', value: (result) => result.name },
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
 * @returns the whole report, in lines
 */
export function formatReport(
  machine: Machine,
  sendFloor: number,
  results: readonly ScenarioResult[],
): string {
  const { processor, cores, memoryBytes, kernel, node } = machine;
  const memory = `${(memoryBytes / 1e9).toFixed(1)} GB`;
  return [
    `${processor}, ${cores} cores, ${memory}, ${kernel}, Node ${node}`,
    'The engine has one core to itself, the participants another. CPU is that of the whole engine process.',
    `Nothing but a batched send of one small datagram takes ${sendFloor.toFixed(2)} us of CPU on this machine.`,
    '',
    formatTable(COST_COLUMNS, results, sendFloor),
    '',
    formatTable(DETAIL_COLUMNS, results, sendFloor),
    ...memoryLines(results),
    ...results.flatMap(targetLine),
    ...results.flatMap(warningsOf).map((warning) => `\nNote: ${warning}`),
    ...results.flatMap(({ name, faults }) => faults.map((fault) => `\nFAULT in ${name}: ${fault}`)),
  ].join('\n');
}

function memoryLines(results: readonly ScenarioResult[]): string[] {
  const bytes = bytesPerParticipant(results);
  return bytes === null ? [] : ['', `Memory: ${(bytes / KILOBYTE).toFixed(0)} KB for each participant more.`];
}

/** One room of 20, and an engine without participants, have a target to meet. */
function targetLine({ name, participants, engine }: ScenarioResult): string[] {
  if (engine === null) return [];
  const cost = engine.microsecondsPerPacketOut;
  if (participants === 0) {
    const met = engine.load < IDLE_TARGET.load && engine.residentBytes < IDLE_TARGET.residentBytes;
    return [`Target of an idle engine, below 1% of a core and 150 MB: ${met ? 'met' : 'missed'}`];
  }
  if (participants !== COST_TARGET.participants || cost === null) return [];
  const met = cost < COST_TARGET.microseconds;
  return [`Target of a ${name}, below ${COST_TARGET.microseconds} us/packet out: ${met ? 'met' : 'missed'}`];
}

/** @returns what makes a result doubtful, in words */
export function warningsOf(result: ScenarioResult): string[] {
  const warnings: string[] = [];
  const { name, engine, generatorLoad, maxLateness } = result;
  if (engine !== null && engine.othersLoad > MAX_OTHERS_LOAD) {
    warnings.push(`${name}: other processes used ${percent(engine.othersLoad)}% of the engine's core`);
  }
  if (generatorLoad > MAX_GENERATOR_LOAD) {
    warnings.push(`${name}: the generator used ${percent(generatorLoad)}% of its core`);
  }
  if (maxLateness > MAX_LATENESS_MS) {
    warnings.push(`${name}: a participant sent up to ${maxLateness.toFixed(0)} ms late`);
  }
  return warnings;
}

function formatTable(
  columns: readonly Column[],
  results: readonly ScenarioResult[],
  sendFloor: number,
): string {
  const rows = [
    columns.map(({ title }) => title),
    ...results.map((result) => columns.map(({ value }) => value(result, sendFloor))),
  ];
  const widths = columns.map((_, place) => Math.max(...rows.map((row) => row[place]?.length ?? 0)));
  const format = (row: readonly string[]) =>
    row
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0)))
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
