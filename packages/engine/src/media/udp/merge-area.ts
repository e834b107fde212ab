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
import { CONTROL_HEADER_SIZE, CONTROL_LEVEL, CONTROL_TYPE, SOL_UDP, UDP_SEGMENT } from './libc.js';

/** Octets of the u16 that the control message carries. */
const SEGMENT_LENGTH_SIZE = 2;

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
      view.setUint32(control, CONTROL_HEADER_SIZE + SEGMENT_LENGTH_SIZE, true);
      view.setInt32(control + CONTROL_LEVEL, SOL_UDP, true);
      view.setInt32(control + CONTROL_TYPE, UDP_SEGMENT, true);
    }
  }
}
