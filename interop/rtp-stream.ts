import { randomInt } from 'node:crypto';
import datachannel from 'node-datachannel';
import { writeRtp } from './rtp-packet.js';

const PACKET_MILLISECONDS = 20;
/** Opus' RTP clock is 48 kHz whatever the sound's sample rate (RFC 7587 section 4.1). */
const PACKET_TIMESTAMPS = 960;
const PAYLOAD_TYPE = 111;
/** After a pause of this process, no more than this many packets are made up for. */
const CATCH_UP_PACKETS = 10;

/** Opus packets that are sent, one every 20 ms, over an m-line of libdatachannel. */
export class RtpStream {
  readonly #track: datachannel.Track;
  readonly #payloads: readonly Buffer[];
  readonly #ssrc = randomInt(1, 2 ** 32);
  readonly #firstSequenceNumber = randomInt(2 ** 16);
  readonly #firstTimestamp = randomInt(2 ** 32);
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #sent = 0;

  readonly #repeat: boolean;
  /** Which packets are sent; the sequence numbers of the others are missing. */
  readonly #isSent: (index: number) => boolean;

  /**
   * Adds the m-line; the connection is not negotiated yet.
   * @param repeat whether to start over at the end
   * @param isSent whether a packet is sent or lost on its way, so to speak; all are by default
   */
  constructor(
    connection: datachannel.PeerConnection,
    mid: string,
    payloads: readonly Buffer[],
    repeat: boolean,
    isSent: (index: number) => boolean = () => true,
  ) {
    const audio = new datachannel.Audio(mid, 'SendRecv');
    audio.addOpusCodec(PAYLOAD_TYPE);
    audio.addSSRC(this.#ssrc, `cname-${this.#ssrc}`, `stream-${mid}`, `track-${mid}`);
    this.#track = connection.addTrack(audio);
    this.#payloads = payloads;
    this.#repeat = repeat;
    this.#isSent = isSent;
  }

  get isOpen(): boolean {
    return this.#track.isOpen();
  }

  /** Whether all packets were sent and none will follow. */
  get isDone(): boolean {
    return !this.#repeat && this.#sent >= this.#payloads.length;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#sendDue(), PACKET_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sendDue(): void {
    const due = Math.floor((performance.now() - this.#startedAt) / PACKET_MILLISECONDS);
    this.#sent = Math.max(this.#sent, due - CATCH_UP_PACKETS);
    for (; this.#sent < due && !this.isDone; this.#sent += 1) this.#send();
  }

  #send(): void {
    const payload = this.#payloads[this.#sent % this.#payloads.length];
    if (payload === undefined || !this.#track.isOpen() || !this.#isSent(this.#sent)) return;
    this.#track.sendMessageBinary(
      writeRtp({
        payloadType: PAYLOAD_TYPE,
        sequenceNumber: this.#firstSequenceNumber + this.#sent,
        timestamp: this.#firstTimestamp + this.#sent * PACKET_TIMESTAMPS,
        ssrc: this.#ssrc,
        payload,
      }),
    );
  }
}
