import { OctetReader } from '../input/octet-reader.js';
import type { FuzzTarget } from '../target.js';
import { LiveModel } from './live-model.js';
import { VirtualTimers } from './virtual-timers.js';

const MAX_STEPS = 40;

/** Live sockets that come, go and are slow, in any order: two octets for each step. */
export const liveRooms: FuzzTarget = {
  name: 'live-rooms',
  maxLength: 2 * MAX_STEPS,
  seeds: () => [
    // Two join, send, and answer what they are offered.
    Uint8Array.of(0, 0, 0, 1, 2, 0, 2, 1, 8, 1, 3, 0, 3, 1),
    // A socket is lost and resumed, the other joins anew.
    Uint8Array.of(0, 0, 0, 1, 2, 1, 4, 0, 5, 0, 0, 1, 2, 1, 9, 0, 3, 0),
    // What one may do changes while her socket is gone.
    Uint8Array.of(0, 0, 16, 0, 3, 0, 4, 0, 16, 0x80, 5, 0),
    // Restarts, the operator, a worker that dies, somebody who polls.
    Uint8Array.of(0, 0, 1, 1, 0, 2, 2, 1, 7, 0, 14, 1, 15, 2, 11, 2, 13, 0, 0, 0, 12, 1),
  ],
  prepare: () => (input) => {
    const timers = new VirtualTimers();
    const model = new LiveModel(timers);
    try {
      const reader = new OctetReader(input);
      for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++)
        model.act(reader.octet(), reader.octet());
      model.settle();
    } finally {
      model.close();
      timers.restore();
    }
  },
};
