import {
  allAlike,
  amidPoisons,
  type PoisonedArray,
} from '../../packages/engine/src/media/rtp/testing/poison.js';
import { promise } from '../target.js';

/**
 * Runs a parser over a packet amid other octets.
 *
 * @param run returns all that the parser has found, with offsets
 * @throws Error when the result depends on what stands around the packet, or that was changed
 */
export function parseAmidPoisons(packet: Uint8Array, run: (array: PoisonedArray) => unknown): void {
  const results = amidPoisons(packet, (array) => {
    const result = run(array);
    promise(array.isIntact(), 'nothing is written outside of the packet');
    return result;
  });
  promise(allAlike(results), 'nothing is read outside of the packet');
}
