import {
  CONTROL_SEGMENT_LENGTH,
  CONTROL_SIZE,
  DESTINATION_ADDRESS,
  DESTINATION_LAST_QUEUED,
  MAX_SEGMENT_LENGTH,
  MAX_SEGMENTS,
  MERGE_AREA_CONTROLS,
  MERGE_AREA_HEADS,
  MERGE_AREA_LINKS,
  MERGE_AREA_MESSAGES,
  MERGE_AREA_VECTORS,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  TRANSMIT_RING_COUNT,
  TRANSMIT_RING_MESSAGES,
  TRANSMIT_RING_VECTORS,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from './layout';
import { absoluteAddress, offsetOf } from './transmit';

/**
 * Makes one message of several in a ring that go to the same destination, where the operating system can cut them
 * apart again (UDP generic segmentation offload): packets of one length, of which only the last may be shorter. Each
 * destination gets its packets in the order in which they were queued. The ring stays as it is.
 *
 * @param ring offset of a TransmitRing
 * @param area offset of a MergeArea
 * @returns how many messages stand in the area
 */
export function mergeMessages(ring: usize, area: usize): u32 {
  const messages: usize = load<u32>(ring, TRANSMIT_RING_MESSAGES);
  const vectors: usize = load<u32>(ring, TRANSMIT_RING_VECTORS);
  const links: usize = load<u32>(area, MERGE_AREA_LINKS);
  const heads: usize = load<u32>(area, MERGE_AREA_HEADS);
  const chains = chainByDestination(messages, load<u32>(ring, TRANSMIT_RING_COUNT), links, heads);
  let message: usize = load<u32>(area, MERGE_AREA_MESSAGES);
  let vector: usize = load<u32>(area, MERGE_AREA_VECTORS);
  let control: usize = load<u32>(area, MERGE_AREA_CONTROLS);
  let merged: u32 = 0;
  for (let chain: u32 = 0; chain < chains; chain++) {
    const head = load<u32>(heads + 4 * chain);
    const source = messages + head * MESSAGE_SIZE;
    store<u32>(destinationOf(source), 0, DESTINATION_LAST_QUEUED);
    // Links and `next` are places plus one; 0 ends a chain.
    for (let next: u32 = head + 1; next !== 0; merged++) {
      const firstVector = vector;
      const length = load<u32>(vectors + (next - 1) * VECTOR_SIZE, VECTOR_LENGTH);
      let taken = length;
      do {
        v128.store(vector, v128.load(vectors + (next - 1) * VECTOR_SIZE));
        vector += VECTOR_SIZE;
        next = load<u32>(links + 4 * (next - 1));
        if (next === 0 || taken < length || length > MAX_SEGMENT_LENGTH) break;
        taken = load<u32>(vectors + (next - 1) * VECTOR_SIZE, VECTOR_LENGTH);
      } while (taken <= length && vector - firstVector < <usize>MAX_SEGMENTS * VECTOR_SIZE);
      writeMessage(message, source, firstVector, (vector - firstVector) / VECTOR_SIZE, control, length);
      message += MESSAGE_SIZE;
      control += CONTROL_SIZE;
    }
  }
  return merged;
}

/**
 * Links the messages of each destination in their order.
 *
 * @param links array with the place plus one of the next message of the same destination, 0 behind the last
 * @param heads array with the place of the first message of each chain
 * @returns how many chains there are
 */
function chainByDestination(messages: usize, count: u32, links: usize, heads: usize): u32 {
  let chains: u32 = 0;
  for (let place: u32 = 0; place < count; place++) {
    const destination = destinationOf(messages + place * MESSAGE_SIZE);
    const last = load<u32>(destination, DESTINATION_LAST_QUEUED);
    store<u32>(links + 4 * place, 0);
    if (last === 0) store<u32>(heads + 4 * chains++, place);
    else store<u32>(links + 4 * (last - 1), place + 1);
    store<u32>(destination, place + 1, DESTINATION_LAST_QUEUED);
  }
  return chains;
}

/** The name of a queued message points into its Destination. */
@inline
function destinationOf(message: usize): usize {
  return offsetOf(load<u64>(message, MESSAGE_NAME)) - DESTINATION_ADDRESS;
}

@inline
function writeMessage(
  message: usize, source: usize, vector: usize, segments: usize, control: usize, segmentLength: u32,
): void {
  store<u64>(message, load<u64>(source, MESSAGE_NAME), MESSAGE_NAME);
  store<u32>(message, load<u32>(source, MESSAGE_NAME_LENGTH), MESSAGE_NAME_LENGTH);
  store<u64>(message, absoluteAddress(vector), MESSAGE_VECTOR);
  store<u64>(message, segments, MESSAGE_VECTOR_COUNT);
  if (segments === 1) {
    store<u64>(message, 0, MESSAGE_CONTROL);
    store<u64>(message, 0, MESSAGE_CONTROL_LENGTH);
    return;
  }
  store<u64>(message, absoluteAddress(control), MESSAGE_CONTROL);
  store<u64>(message, CONTROL_SIZE, MESSAGE_CONTROL_LENGTH);
  store<u16>(control, <u16>segmentLength, CONTROL_SEGMENT_LENGTH);
}
