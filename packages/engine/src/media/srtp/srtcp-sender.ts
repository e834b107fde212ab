import type { Kernel } from './kernel.js';

/** Indices there are: 31 bits (RFC 3711, section 9.2). */
const INDICES = 2 ** 31;

/** Protects the RTCP that goes to one transport, RFC 3711 section 3.4. One index serves all of its SSRCs. */
export class SrtcpSender {
  /** Offset of the StreamCipher with our RTCP keys. */
  readonly cipher: number;
  readonly #kernel: Kernel;
  #index = 0;

  constructor(kernel: Kernel, cipher: number) {
    this.#kernel = kernel;
    this.cipher = cipher;
  }

  /**
   * Encrypts a compound packet in place and appends SRTCP_TRAILER_LENGTH octets.
   *
   * @param packet offset in worker memory
   * @param length octets, at least 8
   * @returns octets with the trailer
   * @throws Error when the indices are used up: at one packet per millisecond, after 24 days
   */
  protect(packet: number, length: number): number {
    if (this.#index === INDICES) throw new Error('SRTCP indices are used up');
    return this.#kernel.protectRtcp(this.cipher, packet, length, this.#index++);
  }
}
