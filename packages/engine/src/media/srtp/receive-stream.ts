import { estimateRoc, indexDistance } from './packet-index.js';
import { ReplayWindow, type WindowVerdict } from './replay-window.js';

/** What is kept of one SSRC that a peer sends RTP from: the highest index so far and the replay window. */
export class ReceiveStream {
  /** int32. */
  readonly ssrc: number;
  #roc = 0;
  #highest: number;
  readonly #window = new ReplayWindow();

  /** Begins a stream with its first authentic packet, which had rollover counter 0. */
  constructor(ssrc: number, sequenceNumber: number) {
    this.ssrc = ssrc;
    this.#highest = sequenceNumber;
    this.#window.record(0);
  }

  /** @returns the rollover counter of a packet, -1 for one from before the first */
  estimateRoc(sequenceNumber: number): number {
    return estimateRoc(this.#roc, this.#highest, sequenceNumber);
  }

  /**
   * @param roc as estimateRoc returned it
   * @returns whether the packet is new
   */
  judge(roc: number, sequenceNumber: number): WindowVerdict {
    return this.#window.judge(indexDistance(this.#roc, this.#highest, roc, sequenceNumber));
  }

  /** Records a packet that proved authentic. */
  record(roc: number, sequenceNumber: number): void {
    const distance = indexDistance(this.#roc, this.#highest, roc, sequenceNumber);
    this.#window.record(distance);
    if (distance <= 0) return;
    this.#roc = roc;
    this.#highest = sequenceNumber;
  }
}
