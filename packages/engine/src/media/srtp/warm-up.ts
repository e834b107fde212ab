import type { Kernel } from './kernel.js';
import {
  KERNEL_PAGE_SIZE,
  KEY_GROUP_SIZE,
  LANES,
  OUTPUT_SPARE,
  PLAN_ENTRY_SIZE,
  PLAN_KEY_GROUP,
  PLAN_ROUTE_GROUP,
  ROUTE_GROUP_SIZE,
  RTCP_LABELS,
  RTP_LABELS,
  STREAM_CIPHER_SIZE,
  WARM_UP_AREA,
} from './layout.js';

/** Rounds after which V8 has the optimising compiler at work on all of the kernel's functions. */
const ROUNDS = 1500;
const HEADER_LENGTH = 20;
const PAYLOAD_LENGTH = 160;
const STRIDE = 288;
const LANES_KEYED_EACH = 50;

/**
 * Calls every function of the kernel often enough for V8 to compile it well: first calls run ten times and more
 * slower. Takes tens of milliseconds; call it once, before the first packet. All of it happens in the kernel's page
 * and with keys of zeros, and no packet is sent.
 */
export function warmUp(kernel: Kernel): void {
  const place = new Places();
  const view = new DataView(kernel.memory.buffer, 0, KERNEL_PAGE_SIZE);
  view.setUint32(place.plan + PLAN_KEY_GROUP, place.keyGroup, true);
  view.setUint32(place.plan + PLAN_ROUTE_GROUP, place.routeGroup, true);
  for (let round = 0; round < LANES_KEYED_EACH; round++) {
    kernel.writeKeyGroupLane(place.keyGroup, round % LANES, place.zeros, place.zeros);
    kernel.clearKeyGroupLane(place.keyGroup, round % LANES);
    kernel.writeStreamCipher(place.rtpCipher, place.zeros, place.zeros, RTP_LABELS);
    kernel.writeStreamCipher(place.rtcpCipher, place.zeros, place.zeros, RTCP_LABELS);
  }
  for (let lane = 0; lane < LANES; lane++) {
    kernel.writeKeyGroupLane(place.keyGroup, lane, place.zeros, place.zeros);
  }
  const { plan, packet, output } = place;
  for (let round = 0; round < ROUNDS; round++) {
    kernel.fanOut(plan, 1, packet, HEADER_LENGTH, PAYLOAD_LENGTH, output, STRIDE);
    kernel.unprotectRtp(place.rtpCipher, output, HEADER_LENGTH, HEADER_LENGTH + PAYLOAD_LENGTH, 0);
    const length = kernel.protectRtcp(place.rtcpCipher, output, PAYLOAD_LENGTH, 0);
    kernel.unprotectRtcp(place.rtcpCipher, output, length);
  }
  new Uint8Array(kernel.memory.buffer).fill(0, WARM_UP_AREA, place.end);
}

/** Offsets in the kernel's page. */
class Places {
  #next = WARM_UP_AREA;
  readonly keyGroup = this.#take(KEY_GROUP_SIZE);
  readonly routeGroup = this.#take(ROUTE_GROUP_SIZE);
  readonly plan = this.#take(PLAN_ENTRY_SIZE);
  readonly rtpCipher = this.#take(STREAM_CIPHER_SIZE);
  readonly rtcpCipher = this.#take(STREAM_CIPHER_SIZE);
  /** A master key and a master salt. */
  readonly zeros = this.#take(64);
  readonly packet = this.#take(STRIDE);
  readonly output = this.#take(LANES * STRIDE + OUTPUT_SPARE);
  readonly end = this.#next;

  #take(size: number): number {
    const offset = this.#next;
    this.#next += (size + 63) & ~63;
    return offset;
  }
}
