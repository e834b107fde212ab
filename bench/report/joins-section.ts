/** The report's part on joining. */
import type { RoomsUnderStorm } from '../measures/joins.js';
import { milliseconds } from './latency-section.js';
import { number, percent, table } from './markdown.js';
import type { BenchResults, StormSample } from './results.js';
import type { Section } from './section.js';

export function joinsSection({ joins, storms }: BenchResults): Section | null {
  if (joins.length === 0 && storms.length === 0) return null;
  const rows = joins.map(({ sfu, result }) => [
    sfu,
    number(result.joinsPerSecond),
    result.cpuMillisecondsPerJoin === null ? '–' : number(result.cpuMillisecondsPerJoin),
    milliseconds(result.joinTime.p50),
    milliseconds(result.joinTime.p99),
    String(result.failed),
    result.sfuLoad === null ? '–' : percent(result.sfuLoad),
    result.limitedBy === 'sfu' ? 'the SFU' : 'the load generator',
  ]);
  const head = ['', 'joins/s', 'CPU ms per join', 'p50 ms', 'p99 ms', 'failed', 'load of the core'];
  return {
    lines: [
      '## Joins',
      '',
      'Participants publish, do ICE and DTLS, and subscribe; 64 are on their way at any time, on one core for the SFU and',
      'one for them.',
      '',
      ...table([...head, 'limited by'], rows),
      ...storms.flatMap(stormLines),
    ],
    plots: [],
  };
}

function stormLines({ sfu, result }: StormSample): string[] {
  const { quiet, storm, joins } = result;
  const row = (name: string, rooms: RoomsUnderStorm) => [
    name,
    number(Math.round(rooms.packetsPerSecond)),
    ...[rooms.latency.p50, rooms.latency.p99, rooms.latency.p999].map(milliseconds),
    percent(rooms.loss),
    rooms.sfuLoad === null ? '–' : percent(rooms.sfuLoad),
    percent(rooms.lateShare),
  ];
  return [
    `A storm of ${number(joins.joined + joins.failed)} joins at ${sfu}, in which ${joins.failed} failed, at ` +
      `${number(joins.joinsPerSecond)} joins/s; what ten rooms of 10 heard meanwhile:`,
    '',
    ...table(
      ['rooms', 'packets/s out', 'p50 ms', 'p99 ms', 'p99.9 ms', 'lost', 'load of the core', 'sent late'],
      [row('before', quiet), row('in the storm', storm)],
    ),
  ];
}
