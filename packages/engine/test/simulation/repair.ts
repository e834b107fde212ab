import type { ClientRepair } from '../../src/room/testing/simulated-client.js';
import type { SeededRandom } from './random.js';

/** As browsers number them. */
export const RED_PAYLOAD_TYPE = 63;
export const RTX_PAYLOAD_TYPE = 96;
/** Share of the participants who take part in NACK, and of these who do so in RED, and in retransmission streams. */
const REPAIRING = 0.7;
const WITH_RED = 0.5;
const WITH_RTX = 0.5;

/** @returns what a participant knows of making losses good, by chance */
export function repairByChance(random: SeededRandom): ClientRepair | null {
  if (!random.chance(REPAIRING)) return null;
  return {
    redPayloadType: random.chance(WITH_RED) ? RED_PAYLOAD_TYPE : null,
    rtxPayloadType: random.chance(WITH_RTX) ? RTX_PAYLOAD_TYPE : null,
  };
}
