/** The report's part on where the engine's CPU time goes. */
import { KRAKEN_NAME } from '../options.js';
import { CPU_SHARES, type CpuShareName } from '../perf-profile.js';
import { drawBars } from './bars.js';
import { image, number, percent, table } from './markdown.js';
import type { BenchResults, ProfileSample } from './results.js';
import { type Section, subtitleOf } from './section.js';
import type { ColourName } from './svg.js';

const COLOURS: Readonly<Record<CpuShareName, ColourName>> = {
  sendmmsg: 'orange',
  recvmmsg: 'yellow',
  'poll and wake-up': 'red',
  'kernel, other': 'grey',
  WebAssembly: 'purple',
  JavaScript: 'blue',
  'V8 compiling': 'pink',
  'V8 collecting garbage': 'teal',
  'V8 and node, other': 'green',
  others: 'silver',
};
const FILE = 'profile.svg';

export function profileSection(results: BenchResults): Section | null {
  const { profiles } = results;
  if (profiles.length === 0) return null;
  const title = 'Where the CPU time of a packet out goes';
  const svg = drawBars({
    title,
    subtitle: `${KRAKEN_NAME}, sampled by perf · ${subtitleOf(results)}`,
    bars: profiles.map((sample) => ({
      name: sample.scenario,
      parts: CPU_SHARES.map((name) => ({
        value: sample.profile.shares[name] * (sample.microsecondsPerPacketOut ?? 1),
        colour: COLOURS[name],
        name,
      })),
      label: `${number(sample.microsecondsPerPacketOut ?? Number.NaN)} µs`,
    })),
  });
  return {
    lines: [
      '## Where the CPU time goes',
      '',
      `What explains the figures of ${KRAKEN_NAME} above. The kernel’s time is told by the system call that it served:`,
      'sending on the loopback interface includes receiving at the other end, up to the receiver’s queue.',
      '',
      ...image(title, FILE),
      ...sharesTable(profiles),
      ...profiles.flatMap(hotspots),
    ],
    plots: [{ file: FILE, svg }],
  };
}

function sharesTable(profiles: readonly ProfileSample[]): string[] {
  const rows = CPU_SHARES.map((name) => [
    name,
    ...profiles.map(({ profile, microsecondsPerPacketOut }) => {
      const share = profile.shares[name];
      const cost =
        microsecondsPerPacketOut === null ? '' : `${number(share * microsecondsPerPacketOut)} µs, `;
      return `${cost}${percent(share)}`;
    }),
  ]);
  return table(['per packet out', ...profiles.map(({ scenario }) => scenario)], rows);
}

function hotspots({ scenario, profile }: ProfileSample): string[] {
  return [
    `<details><summary>Busiest functions, ${scenario} (${number(profile.samples)} samples)</summary>`,
    '',
    ...table(
      ['function', 'of', 'share'],
      profile.hotspots.map(({ symbol, program, share }) => [`\`${symbol}\``, program, percent(share)]),
      2,
    ),
    '</details>',
    '',
  ];
}
