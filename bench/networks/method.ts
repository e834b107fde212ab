import { doubtsOf } from './figures.js';
import type { NetworksResults } from './results.js';

/** @returns how it was measured, and what is to be doubted of it, as Markdown */
export function methodLines(results: NetworksResults): string[] {
  const { rounds, seconds, warmUpSeconds, seed, atOnce, impairment, browser } = results;
  return [
    '## How it was measured',
    '',
    `- ${browser} publishes and listens: in each room one who talks, with something like speech for a microphone, and one who`,
    '  listens, in pages of their own. Figures are those of the listener’s `getStats`.',
    `- ${impairment === 'relay' ? RELAY : NETEM}`,
    '- Each participant’s network is as bad as the row says both ways, and takes 20 ms each way besides: at 10% loss, 19% of',
    '  the packets from one participant to another get lost. Calls over HTTP and WebSockets are not impaired.',
    '- *Forwarding alone*: an engine with `[recovery] retransmission = false, redundancy = false`. What browsers do by themselves,',
    '  as Opus’ in-band FEC, works there as well. *With recovery*: an engine as it is by default. Both by the SDK, which announces',
    '  NACK; the plain client, Kraken’s procedure over the browser’s WebRTC, does not, and so is not asked to send again.',
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'} over all networks, of which ${atOnce} at a time; over each network all three at the same time, with the same`,
    `  seed: ${warmUpSeconds} s for jitter buffers and estimators to settle, then ${seconds} s that count. The first seed was ${seed}; where packets come`,
    '  at other moments, chance meets others.',
    '- The blackout comes before the time that counts: the row tells what is left of it.',
    '- 64 kbit/s are those of a link with headers, in front of which half a second waits.',
    '',
    '## What is doubtful',
    '',
    '- Browsers, engines and the relay share the machine. Where its cores are busy, a jitter buffer sees packets late that no',
    '  network has delayed: it grows, and makes up sound. The row without loss tells how much of that there was.',
    '- Some hundreds of lost packets a room leave few moments in which something is made up: ratios to small shares jump from',
    '  round to round.',
    '- One release of one browser, one voice at a time, a round trip of 40 ms to the engine. Over longer ones what is sent again',
    '  comes later, and more of it too late.',
    ...doubtLines(results),
    '',
  ];
}

function doubtLines(results: NetworksResults): string[] {
  const doubts = doubtsOf(results);
  if (doubts.length === 0) return [];
  return [
    '',
    '<details><summary>Rooms that were disturbed</summary>',
    '',
    ...doubts.map((doubt) => `- ${doubt}`),
    '',
    '</details>',
  ];
}

const RELAY =
  'A relay in user space passes datagrams between each participant and the engine’s UDP port, each way by a seeded chance\n' +
  '  of its own: [impaired-link.ts](../bench/networks/impaired-link.ts).';
const NETEM =
  'The kernel’s netem impairs the loopback of a network namespace, each way apart, for all participants of a room together:\n' +
  '  [netem.ts](../bench/networks/netem.ts). It has no seed; what is longer than the MTU comes in fragments.';
