/** Writes what packets of floods cost as Markdown. */
import { number, spread, table } from '../report/markdown.js';
import { ratioSpread, spreadOf } from '../report/statistics.js';
import type { Flood } from './floods.js';
import type { RoundFigures } from './measure-floods.js';
import { FLOOD_RATE } from './send-flood.js';

export interface FloodsResults {
  readonly at: string;
  readonly commit: string | null;
  readonly command: string;
  readonly minutes: number;
  readonly floods: readonly Omit<Flood, 'make'>[];
  readonly seconds: number;
  readonly rounds: readonly RoundFigures[];
}

/** @returns lines of Markdown */
export function costTable({ floods, rounds }: FloodsResults): string[] {
  const forwarded = rounds.map(({ microsecondsPerForwarded }, round) => ({
    round,
    value: microsecondsPerForwarded,
  }));
  const rows = floods.map(({ name, fromParticipant, reason }) => {
    const values = valuesOf(name, rounds);
    const ratio = ratioSpread(values, forwarded);
    return [
      name,
      fromParticipant ? "a participant's" : 'where nobody is',
      `\`${reason}\``,
      spread(spreadOf(values.map(({ value }) => value))),
      `**${spread(ratio)}**`,
    ];
  });
  const base = [
    '*forwarding to one listener*',
    '',
    '',
    spread(spreadOf(forwarded.map(({ value }) => value))),
    '1',
  ];
  return table(['packets', 'from', 'counted as', 'µs of CPU each', 'to forwarding'], [base, ...rows], 3);
}

/** @returns floods that cost as much as forwarding or more, in words */
export function dearFloods({ floods, rounds }: FloodsResults): string[] {
  const forwarded = rounds.map(({ microsecondsPerForwarded }, round) => ({
    round,
    value: microsecondsPerForwarded,
  }));
  return floods.flatMap(({ name }) => {
    const ratio = ratioSpread(valuesOf(name, rounds), forwarded)?.median ?? Number.NaN;
    return ratio < 1 ? [] : [`${name}: a packet costs ${number(ratio)} times what forwarding one does`];
  });
}

function valuesOf(name: string, rounds: readonly RoundFigures[]) {
  return rounds.flatMap(({ microsecondsPerPacket }, round) => {
    const value = microsecondsPerPacket[name];
    return value === undefined ? [] : [{ round, value }];
  });
}

/** @returns lines of Markdown */
export function costMethod({ rounds, seconds }: FloodsResults): string[] {
  return [
    '### How the cost was measured',
    '',
    '- The engine, with one media worker, has a core to itself with all its threads; what is sent comes from another.',
    `- Forwarding: ${number(FLOOD_RATE / 50)} rooms in which one speaks and one hears, ${number(FLOOD_RATE)} packets per second in and out. A flood has`,
    '  as many packets per second, evenly spaced, from 64 ports in turn or from the port of somebody who is in a call meanwhile and stays there.',
    '- CPU time is that of the whole engine with the kernel’s work for it, from /proc, less what it takes without any packets.',
    '- That all of a flood was received and dropped for the reason that is named is seen in the engine’s metrics.',
    `- ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'} of ${seconds} s each; medians with least and greatest. Ratios are formed within each round.`,
  ];
}
