import type { WorkerMemory } from '../memory.js';
import {
  CONTROL_SIZE,
  MERGE_AREA_CONTROLS,
  MERGE_AREA_HEADS,
  MERGE_AREA_LINKS,
  MERGE_AREA_MESSAGES,
  MERGE_AREA_SIZE,
  MERGE_AREA_VECTORS,
  MESSAGE_SIZE,
  VECTOR_SIZE,
} from '../srtp/layout.js';

/** struct cmsghdr up to its data, 64-bit Linux: u64 length, i32 level, i32 type. */
const CONTROL_HEADER_LENGTH = 16;
const CONTROL_LEVEL = 8;
const CONTROL_TYPE = 12;
const SEGMENT_LENGTH_SIZE = 2;
/** udp(7), linux/udp.h. */
export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;

/** Where the kernel puts the merged messages of one flush; rings are flushed one after the other, so one serves all. */
export class MergeArea {
  readonly offset: number;
  /** Offset of the first merged message. */
  readonly messages: number;

  /** @param capacity messages of the largest ring */
  constructor(memory: WorkerMemory, capacity: number) {
    const { view } = memory;
    this.offset = memory.reserve(MERGE_AREA_SIZE);
    this.messages = memory.reserve(capacity * MESSAGE_SIZE);
    const controls = memory.reserve(capacity * CONTROL_SIZE);
    view.setUint32(this.offset + MERGE_AREA_MESSAGES, this.messages, true);
    view.setUint32(this.offset + MERGE_AREA_VECTORS, memory.reserve(capacity * VECTOR_SIZE), true);
    view.setUint32(this.offset + MERGE_AREA_CONTROLS, controls, true);
    view.setUint32(this.offset + MERGE_AREA_LINKS, memory.reserve(capacity * 4), true);
    view.setUint32(this.offset + MERGE_AREA_HEADS, memory.reserve(capacity * 4), true);
    for (let control = controls; control < controls + capacity * CONTROL_SIZE; control += CONTROL_SIZE) {
      view.setUint32(control, CONTROL_HEADER_LENGTH + SEGMENT_LENGTH_SIZE, true);
      view.setInt32(control + CONTROL_LEVEL, SOL_UDP, true);
      view.setInt32(control + CONTROL_TYPE, UDP_SEGMENT, true);
    }
  }
}
