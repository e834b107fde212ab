/** The page on floods and its figures: each of its two parts is kept until it is measured anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from '../machine.js';
import { number } from '../report/markdown.js';
import { formatMachine } from '../report.js';
import { costMethod, costTable, type FloodsResults } from './floods-report.js';
import { type MemoryResults, memoryReckoning, memoryTables } from './memory/memory-section.js';

const PAGE = 'docs/floods.md';
const FIGURES = 'docs/floods.json';
const THOUSAND = 1_000;

export interface FloodsFigures {
  readonly machine: Machine;
  /** Null when it has not been measured on this machine. */
  readonly cost: FloodsResults | null;
  readonly memory: MemoryResults | null;
}

/** Writes docs/floods.md and docs/floods.json; a part that is null stays as it is there, if it was measured on this machine. */
export function writeFloodsPage(root: string, measured: FloodsFigures): void {
  const file = path.join(root, FIGURES);
  const former = existsSync(file) ? parseFigures(readFileSync(file, 'utf8')) : null;
  const kept =
    former !== null && formatMachine(former.machine) === formatMachine(measured.machine) ? former : null;
  const { machine } = measured;
  const figures = {
    machine,
    cost: measured.cost ?? kept?.cost ?? null,
    memory: measured.memory ?? kept?.memory ?? null,
  };
  writeFileSync(file, `${JSON.stringify(figures, rounded)}\n`);
  writeFileSync(path.join(root, PAGE), composeFloodsPage(figures));
  console.log(`written to ${PAGE} and ${FIGURES}`);
}

function parseFigures(text: string): FloodsFigures {
  const figures: FloodsFigures = JSON.parse(text);
  return figures;
}

/** To the thousandth: what is beyond tells nothing. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * THOUSAND) / THOUSAND : value;
}

/** @returns the whole page */
export function composeFloodsPage({ machine, cost, memory }: FloodsFigures): string {
  const lines = [
    '# Floods, measured',
    '',
    'What floods cost that strangers send, as far as it has been measured. Made by `npm run bench:floods`; docs/floods.json has the figures.',
    '',
    `**The machine of all figures: ${formatMachine(machine)}.**`,
    '',
    ...(cost === null
      ? []
      : ['## What a packet costs', '', ...origin(cost), ...costTable(cost), ...costMethod(cost), '']),
    ...(memory === null
      ? []
      : ['## What memory a flood takes', '', ...origin(memory), ...memorySection(memory)]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function memorySection(memory: MemoryResults): string[] {
  return [
    ...memoryTables(memory),
    '### How the bounds are reckoned',
    '',
    ...memoryReckoning(memory),
    ...METHOD,
  ];
}

const METHOD = [
  '### How memory was measured',
  '',
  '- Each flood meets an engine of its own, with one media worker and the limits of its defaults, those of addresses for the loopback',
  '  as well; connections are as many as the files that the process may have open leave, where these are fewer than `[limits]` says.',
  '- Who floods does it as fast as one core can, from addresses 127.x.y.z that are many or, for datagrams, new each time; connections',
  '  are some more than are taken, and each that is closed is opened again.',
  '- Resident memory is the kernel’s own high-water mark of each half; the other figures are the most of what `/metrics` says, asked',
  '  twice per second over a connection that was there before.',
  '- “Refused” is what the engine has counted meanwhile of what it has dropped or refused.',
  '- “After” is when no participant, live socket or connection is left, and garbage is collected.',
];

function origin({ command, minutes, commit, at }: FloodsResults | MemoryResults): string[] {
  const engine = commit === null ? '' : ` The engine is that of commit ${commit}.`;
  return [`Made by \`${command}\` on ${at.slice(0, 10)}, in ${number(minutes)} minutes.${engine}`, ''];
}
