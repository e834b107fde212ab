/** The report's last part: how it was made, with what, and what is to be doubted. */
import { doubtsOf } from './doubts.js';
import { table } from './markdown.js';
import type { BenchResults } from './results.js';
import type { Section } from './section.js';

export function methodSection(results: BenchResults): Section {
  const { sfus, gaps, rounds, seconds } = results;
  const doubts = doubtsOf(results).map((doubt) => `- ${doubt}`);
  return {
    lines: [
      '## How it was measured',
      '',
      '- An SFU has one core to itself and the participants another. Its CPU time and memory are those of all of its',
      '  processes, read from Linux’s /proc; it includes what the kernel does for it.',
      '- Participants are synthetic but real WebRTC: ICE, DTLS, SRTP, RTCP; 50 packets a second of 100 octets at phases of',
      '  their own. One in a hundred of the packets received is decrypted and has to be the right one.',
      `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s: in each, every SFU is measured once per room, one right after the other, in turning order.`,
      '  Ratios are taken within a round. Figures are medians with least and greatest.',
      '- All of it crosses the loopback interface, where sending includes receiving at the other end.',
      '',
      ...table(
        ['SFU', ''],
        sfus.map(({ name, notes }) => [name, notes.join('; ')]),
        2,
      ),
      ...(gaps.length === 0
        ? []
        : [
            '### Not measured',
            '',
            ...gaps.map(({ what, reason }) => `- ${what}: ${reason.split('\n')[0]}`),
            '',
          ]),
      ...(doubts.length === 0
        ? []
        : ['<details><summary>What makes figures doubtful</summary>', '', ...doubts, '', '</details>', '']),
    ],
    plots: [],
  };
}
