/** Writes what memory floods take as Markdown. */
import { number, table } from '../../report/markdown.js';
import { FILL, type MemoryFigures } from './measure-memory.js';
import { boundOf, GARBAGE, GROWTH, GROWTH_SHARE, KEPT, memoryFaults } from './memory-verdict.js';

const MEGABYTE = 1e6;

export interface MemoryResults {
  readonly at: string;
  readonly commit: string | null;
  readonly command: string;
  readonly minutes: number;
  /** Of one half of a flood. */
  readonly seconds: number;
  readonly floods: readonly MemoryFigures[];
}

/** @returns lines of Markdown */
export function memoryTables({ floods }: MemoryResults): string[] {
  return [
    ...table(
      ['resident, MB', 'of it', 'refused', 'before', 'most', 'most in the second half', 'bound', 'after'],
      floods.map((figures) => {
        const { name, sent, counted, before, peaks, after } = figures;
        const [first, second] = peaks;
        return [
          name,
          sent.toLocaleString('en-US'),
          counted === null ? '–' : counted.toLocaleString('en-US'),
          mega(before.residentBytes),
          mega(Math.max(first.residentBytes, second.residentBytes)),
          mega(second.residentBytes),
          `**${mega(boundOf(figures))}**`,
          mega(after.residentBytes),
        ];
      }),
    ),
    ...table(
      [
        'before – most – after, MB',
        'heap of calls',
        'outside of it',
        'heap of the worker',
        'keys and packets',
      ],
      floods.map((figures) => [
        figures.name,
        course(figures, 'heapBytes'),
        course(figures, 'externalBytes'),
        course(figures, 'workerHeapBytes'),
        course(figures, 'workerMemoryBytes'),
      ]),
    ),
  ];
}

/** @returns lines of Markdown */
export function memoryReckoning(results: MemoryResults): string[] {
  const { floods, seconds } = results;
  const faults = memoryResultFaults(results);
  return [
    `The bound is what is resident before, ${mega(GARBAGE)} MB of garbage that V8 has not collected yet, and twice what the limits let`,
    'the flood hold, since a collection copies what is alive:',
    '',
    ...table(
      ['', 'may be held', 'MB'],
      floods.map(({ name, reckoning: { words, octets } }) => [name, words, mega(octets)]),
      2,
    ),
    `Each flood goes on for twice ${seconds} s behind the ${FILL} s in which it fills what it can. That it is bounded is also seen in that the second half takes no more than what came before: the most`,
    `that is resident may be beyond that of the first half by ${GROWTH_SHARE * 100}% and ${mega(GROWTH)} MB. When all is over and garbage is collected, no heap may`,
    `have kept more than ${mega(KEPT)} MB.`,
    '',
    ...(faults.length === 0
      ? []
      : ['Beyond that was in this run:', '', ...faults.map((fault) => `- ${fault}`), '']),
  ];
}

/** @returns what memory floods take that they may not, in words */
export function memoryResultFaults({ floods }: MemoryResults): string[] {
  return floods.flatMap(memoryFaults);
}

function course({ before, peaks, after }: MemoryFigures, figure: keyof MemoryFigures['before']): string {
  const most = Math.max(...peaks.map((peak) => peak[figure]));
  return [before[figure], most, after[figure]].map(mega).join(' – ');
}

function mega(octets: number): string {
  return number(octets / MEGABYTE);
}
