import {
  SRTP_AUTHENTICATION_FAILED,
  SRTP_REPLAYED,
  SRTP_TOO_LONG,
  SRTP_TOO_MANY_SSRCS,
  SRTP_TOO_OLD,
  SRTP_TOO_SHORT,
} from './drop-reasons.js';
import type { Kernel } from './kernel.js';
import { MAX_STREAM_PACKET_LENGTH, TAG_LENGTH } from './layout.js';
import { ReceiveStream } from './receive-stream.js';
import { WINDOW_REPLAYED, WINDOW_TOO_OLD } from './replay-window.js';
import { StreamTable } from './stream-table.js';

/** What has been parsed of a packet's header, which SRTP leaves in the clear. */
export interface ProtectedHeader {
  /** int32, so that V8 need not box it. */
  readonly ssrc: number;
  /** 0…65535. */
  readonly sequenceNumber: number;
  /** Octets before the payload: fixed header, CSRCs and header extension. */
  readonly headerLength: number;
}

/**
 * Unprotects the RTP of one transport, RFC 3711 section 3.3.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  \
 * |        RTP header, CSRCs, header extension (in clear)         |   |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+   | authenticated, and behind it
 * |                      payload (encrypted)                      |   | the rollover counter (4 octets)
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+  /
 * |                 authentication tag (10 octets)                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export class SrtpReceiver {
  /** Offset of the StreamCipher with the peer's RTP keys. */
  readonly cipher: number;
  readonly #kernel: Kernel;
  readonly #streams = new StreamTable<ReceiveStream>();

  constructor(kernel: Kernel, cipher: number) {
    this.#kernel = kernel;
    this.cipher = cipher;
  }

  /**
   * Verifies and decrypts a packet in place. A packet that is dropped leaves no trace.
   *
   * @param packet offset in worker memory
   * @param length octets with the tag
   * @param header of the packet
   * @returns octets without the tag, or a negated SrtpDropReason
   */
  unprotect(packet: number, length: number, header: ProtectedHeader): number {
    if (header.headerLength + TAG_LENGTH > length) return -SRTP_TOO_SHORT;
    if (length > MAX_STREAM_PACKET_LENGTH) return -SRTP_TOO_LONG;
    const stream = this.#streams.find(header.ssrc);
    if (stream === null) return this.#unprotectFirst(packet, length, header);
    const { sequenceNumber } = header;
    const roc = stream.estimateRoc(sequenceNumber);
    if (roc < 0) return -SRTP_TOO_OLD;
    const verdict = stream.judge(roc, sequenceNumber);
    if (verdict === WINDOW_TOO_OLD) return -SRTP_TOO_OLD;
    if (verdict === WINDOW_REPLAYED) return -SRTP_REPLAYED;
    if (this.#kernel.unprotectRtp(this.cipher, packet, header.headerLength, length, roc) === 0) {
      return -SRTP_AUTHENTICATION_FAILED;
    }
    stream.record(roc, sequenceNumber);
    return length - TAG_LENGTH;
  }

  /** Takes the first packet of an SSRC; it becomes a stream only when it is authentic. */
  #unprotectFirst(packet: number, length: number, header: ProtectedHeader): number {
    if (this.#streams.isFull) return -SRTP_TOO_MANY_SSRCS;
    if (this.#kernel.unprotectRtp(this.cipher, packet, header.headerLength, length, 0) === 0) {
      return -SRTP_AUTHENTICATION_FAILED;
    }
    this.#streams.add(new ReceiveStream(header.ssrc, header.sequenceNumber));
    return length - TAG_LENGTH;
  }
}
