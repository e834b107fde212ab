import { prepareBenches } from '../../packages/engine/src/media/testing/media-bench.js';
import { OctetReader } from '../input/octet-reader.js';
import type { FuzzTarget } from '../target.js';
import { LossyTalk } from './lossy-talk.js';

const MAX_STEPS = 24;
/** Each takes three handshakes. */
const MAX_INPUTS = 15;

/** Losses and all that repairs them, in any order: RED, retransmissions, requests for them, on two workers. */
export const lossyPath: FuzzTarget = {
  name: 'lossy-path',
  maxInputs: MAX_INPUTS,
  maxLength: 3 * MAX_STEPS,
  seeds: () => [
    // Some are lost, and come again plain or as retransmissions.
    Uint8Array.of(250, 0, 0x13, 1, 0, 2, 3, 1, 1, 4, 1, 0, 5, 2, 1),
    // Alice copies what she said before; listeners lose.
    Uint8Array.of(10, 8, 1, 0, 5, 1, 0, 3, 6, 1, 60, 6, 3, 60, 0, 15, 0, 15, 8, 2, 0, 4, 2, 5, 1, 2, 3),
    // Listeners ask, and silence in between.
    Uint8Array.of(255, 0, 9, 5, 0, 3, 4, 5, 1, 3, 4, 7, 40, 0, 3, 5, 3, 1, 9, 2, 2, 3, 2),
  ],
  prepare: async () => {
    const parts = await prepareBenches();
    return (input) => {
      const reader = new OctetReader(input);
      const first = reader.octet();
      const talk = new LossyTalk(parts, 0xff00 + first, first % 2 === 0);
      try {
        for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++) talk.act(reader);
        talk.check();
      } finally {
        talk.close();
      }
    };
  },
};
