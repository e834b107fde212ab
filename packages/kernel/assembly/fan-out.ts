import { protectLanes } from './lane-packets';
import {
  LANES,
  MAX_HEADER_LENGTH,
  MAX_PAYLOAD_LENGTH,
  OUTPUT_SPARE,
  PLAN_ENTRY_SIZE,
  PLAN_KEY_GROUP,
  PLAN_ROUTE_GROUP,
  TAG_LENGTH,
} from './layout';
import { sendLane } from './transmit';

/**
 * Protects one packet for all subscribers of a publication and queues it for sending (RFC 3711, 3.3; see layout.ts
 * of the engine for the records). Every group of the plan takes four output slots, one per lane; those of lanes that
 * do not send hold nothing of worth.
 *
 * @param plan offset of `planLength` pairs of a key group and a route group
 * @param packet offset of the packet in canonical form: see writeHeaders
 * @param headerLength octets: 12 + 4 per CSRC, and 8 for the header extension if there is one
 * @param payloadLength octets, at most MAX_PAYLOAD_LENGTH
 * @param output offset of planLength * LANES slots, in each of which OUTPUT_SPARE octets lie behind the payload
 * @param outputStride distance of the slots in octets
 * @returns how many packets were queued
 */
export function fanOut(
  plan: usize, planLength: usize, packet: usize, headerLength: usize, payloadLength: usize,
  output: usize, outputStride: usize,
): i32 {
  const length = headerLength + payloadLength;
  if (headerLength > MAX_HEADER_LENGTH || payloadLength > MAX_PAYLOAD_LENGTH) unreachable();
  if (outputStride < length + OUTPUT_SPARE) unreachable();
  let sent: i32 = 0;
  for (const end = plan + planLength * PLAN_ENTRY_SIZE; plan < end; plan += PLAN_ENTRY_SIZE) {
    const keyGroup: usize = load<u32>(plan, PLAN_KEY_GROUP);
    const routeGroup: usize = load<u32>(plan, PLAN_ROUTE_GROUP);
    protectLanes(keyGroup, routeGroup, packet, headerLength, payloadLength, output, outputStride);
    for (let lane: usize = 0; lane < LANES; lane++) {
      sent += sendLane(lane, keyGroup, routeGroup, output, length + TAG_LENGTH, payloadLength);
      output += outputStride;
    }
  }
  return sent;
}
