import type { NetworksResults } from './results.js';

/** @returns how it was measured, as Markdown */
export function methodLines({
  rounds,
  seconds,
  warmUpSeconds,
  seed,
  atOnce,
  impairment,
  browser,
}: NetworksResults): string[] {
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
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. All three are measured at the same time, with the same seed, over one network after the other,`,
    `  ${atOnce} at once: ${warmUpSeconds} s for jitter buffers and estimators to settle, then ${seconds} s that count. The first seed was ${seed}; where packets`,
    '  come at other moments, chance meets others.',
    '- The blackout comes before the time that counts: the row tells what is left of it.',
    '- 64 kbit/s are those of a link with headers, in front of which half a second waits.',
    '',
  ];
}

const RELAY =
  'A relay in user space passes datagrams between each participant and the engine’s UDP port, each way by a seeded chance\n' +
  '  of its own: [impaired-link.ts](../bench/networks/impaired-link.ts).';
const NETEM =
  'The kernel’s netem impairs the loopback of a network namespace, each way apart, for all participants of a room together:\n' +
  '  [netem.ts](../bench/networks/netem.ts). It has no seed; what is longer than the MTU comes in fragments.';
