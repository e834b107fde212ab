import {
  SRTP_AUTHENTICATION_FAILED,
  SRTP_REPLAYED,
  SRTP_TOO_LONG,
  SRTP_TOO_MANY_SSRCS,
  SRTP_TOO_OLD,
  SRTP_TOO_SHORT,
} from './drop-reasons.js';
import type { Kernel } from './kernel.js';
import { MAX_STREAM_PACKET_LENGTH, SRTCP_TRAILER_LENGTH } from './layout.js';
import { ReplayWindow, WINDOW_REPLAYED, WINDOW_TOO_OLD } from './replay-window.js';
import { StreamTable } from './stream-table.js';

/** Octets that SRTCP leaves in the clear: the first header and the sender's SSRC. */
const CLEAR_LENGTH = 8;
const SSRC_OFFSET = 4;
const INDEX_MASK = 0x7fff_ffff;

/** One SSRC that a peer sends RTCP from: senders count their SRTCP index for each apart. */
class ControlStream {
  readonly ssrc: number;
  readonly window = new ReplayWindow();
  /** Highest index so far. */
  index: number;

  constructor(ssrc: number, index: number) {
    this.ssrc = ssrc;
    this.index = index;
    this.window.record(0);
  }
}

/**
 * Unprotects the RTCP of one transport, RFC 3711 section 3.4.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  \
 * |V=2|P|   RC    |      PT       |            length             |   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   |
 * |                     SSRC of the sender                        |   |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+   | authenticated
 * |      the rest of the compound packet (encrypted if E)         |   |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+   |
 * |E|                        SRTCP index                          |   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  /
 * |                 authentication tag (10 octets)                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export class SrtcpReceiver {
  /** Offset of the StreamCipher with the peer's RTCP keys. */
  readonly cipher: number;
  readonly #kernel: Kernel;
  readonly #view: DataView;
  readonly #streams = new StreamTable<ControlStream>();

  /** @param view of the worker memory */
  constructor(kernel: Kernel, view: DataView, cipher: number) {
    this.#kernel = kernel;
    this.#view = view;
    this.cipher = cipher;
  }

  /**
   * Verifies and decrypts a compound packet in place. A packet that is dropped leaves no trace.
   *
   * @param packet offset in worker memory
   * @param length octets with the trailer
   * @returns octets without the trailer, or a negated SrtpDropReason
   */
  unprotect(packet: number, length: number): number {
    if (length < CLEAR_LENGTH + SRTCP_TRAILER_LENGTH) return -SRTP_TOO_SHORT;
    if (length > MAX_STREAM_PACKET_LENGTH) return -SRTP_TOO_LONG;
    const ssrc = this.#view.getUint32(packet + SSRC_OFFSET);
    const index = this.#view.getUint32(packet + length - SRTCP_TRAILER_LENGTH) & INDEX_MASK;
    const stream = this.#streams.find(ssrc);
    if (stream === null) {
      if (this.#streams.isFull) return -SRTP_TOO_MANY_SSRCS;
    } else {
      const verdict = stream.window.judge(index - stream.index);
      if (verdict === WINDOW_TOO_OLD) return -SRTP_TOO_OLD;
      if (verdict === WINDOW_REPLAYED) return -SRTP_REPLAYED;
    }
    const plainLength = this.#kernel.unprotectRtcp(this.cipher, packet, length);
    if (plainLength < 0) return -SRTP_AUTHENTICATION_FAILED;
    if (stream === null) this.#streams.add(new ControlStream(ssrc, index));
    else this.#record(stream, index);
    return plainLength;
  }

  #record(stream: ControlStream, index: number): void {
    stream.window.record(index - stream.index);
    if (index > stream.index) stream.index = index;
  }
}
