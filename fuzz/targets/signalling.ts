import { OctetReader } from '../input/octet-reader.js';
import type { FuzzTarget } from '../target.js';
import { SignallingModel } from './signalling-model.js';

const MAX_STEPS = 40;

/** Calls of many clients in any order, against a model of who should hear whom: two octets for each call. */
export const signalling: FuzzTarget = {
  name: 'signalling',
  maxLength: 2 * MAX_STEPS,
  seeds: () => [
    // Two of a room and one of another join, send and poll.
    Uint8Array.of(0, 0, 0, 1, 0, 4, 2, 0, 2, 1, 2, 4, 3, 0, 3, 1, 3, 4),
    // One joins again, and the others' offers get lost.
    Uint8Array.of(0, 0, 0, 1, 0, 2, 2, 0, 2, 1, 5, 1, 0, 1, 2, 1, 7, 2, 4, 0, 3, 1),
    // What one may do changes, and she comes again.
    Uint8Array.of(0, 0, 0, 1, 2, 1, 20, 0x00, 3, 0, 20, 0x41, 20, 0x80, 3, 0, 0, 1, 2, 1),
    // Restarts, the operator, a worker that dies.
    Uint8Array.of(0, 0, 0, 1, 2, 0, 8, 0, 9, 1, 12, 0, 12, 0, 13, 1, 0, 1, 14, 0, 0, 0, 3, 1),
  ],
  prepare: () => (input) => {
    const reader = new OctetReader(input);
    const model = new SignallingModel();
    for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++) model.act(reader.octet(), reader.octet());
    model.settleAll();
    model.endAll();
  },
};
