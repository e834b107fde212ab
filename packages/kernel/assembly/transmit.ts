import {
  DESTINATION_ADDRESS,
  DESTINATION_ADDRESS_LENGTH,
  DESTINATION_RING,
  FULL_RING_COUNT,
  KEY_GROUP_DESTINATION,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  ROUTE_GROUP_ACTIVE,
  ROUTE_GROUP_OCTETS_SENT,
  ROUTE_GROUP_PACKETS_SENT,
  TRANSMIT_RING_CAPACITY,
  TRANSMIT_RING_COUNT,
  TRANSMIT_RING_MESSAGES,
  TRANSMIT_RING_VECTORS,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from './layout';

/** Absolute address of offset 0, for the pointers that the operating system is given. */
let memoryBase: u64 = 0;

/** Tells the absolute address of the memory, in two halves. */
export function setMemoryBase(low: u32, high: u32): void {
  memoryBase = (<u64>high << 32) | <u64>low;
}

/** The pointer to an offset. */
@inline
export function absoluteAddress(offset: usize): u64 {
  return memoryBase + <u64>offset;
}

/** The offset that a pointer into the memory points to. */
@inline
export function offsetOf(pointer: u64): usize {
  return <usize>(pointer - memoryBase);
}

/**
 * Queues the packet of one lane in the ring of its destination, if the lane is in use and there is room.
 *
 * @param packet offset of the protected packet
 * @param length octets of it
 * @param payloadLength octets that count as sent in sender reports (RFC 3550, 6.4.1)
 * @returns how many packets were queued: 0 or 1
 */
@inline
export function sendLane(
  lane: usize, keyGroup: usize, routeGroup: usize, packet: usize, length: usize, payloadLength: usize,
): i32 {
  const destination: usize = load<u32>(keyGroup + 4 * lane, KEY_GROUP_DESTINATION);
  const route = routeGroup + 4 * lane;
  if (destination === 0 || load<u32>(route, ROUTE_GROUP_ACTIVE) === 0) return 0;
  const ring: usize = load<u32>(destination, DESTINATION_RING);
  const count: usize = load<u32>(ring, TRANSMIT_RING_COUNT);
  if (count >= load<u32>(ring, TRANSMIT_RING_CAPACITY)) {
    store<u32>(FULL_RING_COUNT, load<u32>(FULL_RING_COUNT) + 1);
    return 0;
  }
  const message = <usize>load<u32>(ring, TRANSMIT_RING_MESSAGES) + count * MESSAGE_SIZE;
  store<u64>(message, absoluteAddress(destination + DESTINATION_ADDRESS), MESSAGE_NAME);
  store<u32>(message, load<u32>(destination, DESTINATION_ADDRESS_LENGTH), MESSAGE_NAME_LENGTH);
  const vector = <usize>load<u32>(ring, TRANSMIT_RING_VECTORS) + count * VECTOR_SIZE;
  store<u64>(vector, absoluteAddress(packet), VECTOR_BASE);
  store<u64>(vector, <u64>length, VECTOR_LENGTH);
  store<u32>(ring, count + 1, TRANSMIT_RING_COUNT);
  store<u32>(route, load<u32>(route, ROUTE_GROUP_PACKETS_SENT) + 1, ROUTE_GROUP_PACKETS_SENT);
  store<u32>(route, load<u32>(route, ROUTE_GROUP_OCTETS_SENT) + <u32>payloadLength, ROUTE_GROUP_OCTETS_SENT);
  return 1;
}
