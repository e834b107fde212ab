/** What the parts of the report have in common. */
import type { BenchResults } from './results.js';
import type { ColourName } from './svg.js';

export interface PlotFile {
  readonly file: string;
  /** The file's text. */
  readonly svg: string;
}

export interface Section {
  /** Markdown. */
  readonly lines: readonly string[];
  readonly plots: readonly PlotFile[];
}

const SFU_COLOURS: Readonly<Record<string, ColourName>> = {
  'kraken-ts': 'blue',
  mediasoup: 'orange',
  janus: 'purple',
};

export function sfuColour(name: string): ColourName {
  return SFU_COLOURS[name] ?? 'green';
}

/** No figure without its machine: what stands under each plot's title. */
export function subtitleOf({ machine, at }: BenchResults): string {
  const { processor, kernel, node } = machine;
  return `${processor}, ${kernel.split('-')[0]}, Node ${node}, ${at.slice(0, 10)}`;
}
