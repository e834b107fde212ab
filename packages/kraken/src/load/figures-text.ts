/** Puts the figures of a load test into words. */
import type { LatencyFigures } from '@kraken/load/latency-histogram';
import type { LoadFigures } from '@kraken/load/load-test';
import type { Losses } from '@kraken/load/loss-window';
import type { LoadOptions } from './load-options.js';

const BAR_LENGTH = 20;
const MICROSECONDS_PER_MS = 1_000;
/** Share of its packets that the generator may be late with before its figures are doubtful. */
const DOUBTFUL_SHARE = 0.01;
const LABEL_WIDTH = 14;

/** @param done share, 0 to 1 */
export function bar(done: number): string {
  const filled = Math.round(Math.min(Math.max(done, 0), 1) * BAR_LENGTH);
  return `[${'#'.repeat(filled)}${' '.repeat(BAR_LENGTH - filled)}]`;
}

/** @param earlier figures, `seconds` older */
export function liveText(figures: LoadFigures, earlier: LoadFigures, seconds: number): string {
  const rate = (count: number, before: number) => Math.round((count - before) / seconds).toLocaleString('en');
  const { p50, p99 } = figures.latency;
  return [
    `${figures.joined}/${figures.participants} joined`,
    `${rate(figures.packetsSent, earlier.packetsSent)} packets/s sent`,
    `${rate(figures.packetsReceived, earlier.packetsReceived)} heard`,
    ...(figures.losses === null ? [] : [`loss ${percent(lossOf(figures.losses))}`]),
    ...(p50 === null ? [] : [`latency ${milliseconds(p50)} p50, ${milliseconds(p99)} p99`]),
    ...(figures.faultCount === 0 ? [] : [`errors ${errorsText(figures.faults)}`]),
  ].join('  ');
}

/** @returns lines, each ended; the last one tells whether the server has passed */
export function summaryText(figures: LoadFigures, joinSeconds: number, options: LoadOptions): string {
  const { participants, joined, packetsSent, packetsReceived, losses, latency, faults } = figures;
  const lines: readonly (readonly [string, string])[] = [
    ['participants', `${joined} of ${participants} joined, in ${joinSeconds.toFixed(1)} s`],
    ['packets', `${packetsSent.toLocaleString('en')} sent, ${packetsReceived.toLocaleString('en')} heard`],
    ['loss', losses === null ? 'not measured' : lossText(losses)],
    ['latency', latencyText(latency)],
    ['errors', faults.size === 0 ? 'none' : errorsText(faults)],
    ...(isDoubtful(figures)
      ? [['doubt', 'this process was late by itself: let fewer join, or load from another machine'] as const]
      : []),
    ['result', hasPassed(figures, options.maxLoss) ? 'passed' : 'failed'],
  ];
  return lines.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}\n`).join('');
}

/** @param maxLoss 0 to 1 */
export function hasPassed({ faultCount, losses }: LoadFigures, maxLoss: number): boolean {
  return faultCount === 0 && losses !== null && lossOf(losses) <= maxLoss;
}

function lossOf({ expected, arrived }: Losses): number {
  return expected === 0 ? 0 : 1 - arrived / expected;
}

function lossText(losses: Losses): string {
  const lost = losses.expected - losses.arrived;
  return `${percent(lossOf(losses))} (${lost} of ${losses.expected}), ${percent(losses.worstLoss)} for the worst off`;
}

function latencyText({ samples, p50, p99, max }: LatencyFigures): string {
  if (samples === 0) return 'not measured';
  return `${milliseconds(p50)} p50, ${milliseconds(p99)} p99, ${milliseconds(max)} at most, from one participant through the server to another`;
}

function errorsText(faults: ReadonlyMap<string, number>): string {
  return [...faults].map(([fault, count]) => `${fault} x${count}`).join(', ');
}

function isDoubtful({ ownFaults, packetsSent }: LoadFigures): boolean {
  return ownFaults > packetsSent * DOUBTFUL_SHARE;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

function milliseconds(microseconds: number | null): string {
  return microseconds === null ? '-' : `${(microseconds / MICROSECONDS_PER_MS).toFixed(2)} ms`;
}
