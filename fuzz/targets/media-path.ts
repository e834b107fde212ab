import { MediaBench, prepareBenches } from '../../packages/engine/src/media/testing/media-bench.js';
import { OctetReader } from '../input/octet-reader.js';
import type { FuzzTarget } from '../target.js';
import { HostileRoom } from './media-room.js';

const MAX_STEPS = 40;

/** Each takes a handshake or several. */
const MAX_INPUTS = 50;

/**
 * ICE, DTLS and SRTP through the demultiplexer: two who talk, one of their room who does all that a participant may, and
 * strangers, who send whatever they like from wherever they like.
 */
export const mediaPath: FuzzTarget = {
  name: 'media-path',
  maxInputs: MAX_INPUTS,
  maxLength: 1_500,
  seeds: () => [
    // Mallory connects and publishes; a packet of hers, a replay, time.
    Uint8Array.of(0, 1, 2, 0x80, 111, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 3, 200, 201, 0, 8, 4, 5, 0, 0, 9, 20),
    Uint8Array.of(8, 0, 0, 4, 0, 20, 22, 254, 253, 5, 1, 9, 3, 6, 0, 0, 12, 7, 9, 200),
    Uint8Array.of(16, 20, 0, 0, 16, 13, 2, 0, 0, 9, 60, 0, 1, 1, 14, 3, 0x10, 7),
    Uint8Array.of(0, 1, 1, 15, 14, 1, 9, 17, 0, 14, 1, 9, 7, 17, 3, 14, 0, 8, 9, 3),
    // She would have her media go to Alice's address.
    Uint8Array.of(0, 15, 7, 6, 0x07, 7, 7, 9, 10, 7),
    // Her messages come in fragments, twice and late.
    Uint8Array.of(16, 20, 0, 1, 16, 0, 0, 3, 16, 9, 0, 3, 16, 40, 0, 1, 0, 1, 1, 14, 3, 0x10, 7),
    Uint8Array.of(16, 0, 0, 1, 16, 0, 0, 2, 16, 60, 0, 3, 0, 7, 9, 100),
    Uint8Array.of(0, 1, 10, 11, 12, 13, 14, 15, 7, 9, 255, 9, 255),
  ],
  prepare: async () => {
    const parts = await prepareBenches();
    return (input) => {
      const bench = new MediaBench(parts);
      try {
        const room = new HostileRoom(bench);
        const reader = new OctetReader(input);
        for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++) room.act(reader);
        room.checkTalk();
        room.checkEnd();
      } finally {
        bench.close();
      }
    };
  },
};
