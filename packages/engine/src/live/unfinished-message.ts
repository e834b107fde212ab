/**
 * How much of a message has come that is not whole yet, and for how long it has been on its way. Its octets are held until it is: a
 * peer that never ends one would have as many held as a message may have, for as long as it likes.
 */
import { PIECE_COST } from '@kraken/edge/gate/body-budget';
import { FrameHeader } from '@kraken/edge/http/frame-header';

export class UnfinishedMessage {
  readonly #header = new FrameHeader();
  /** Octets of the current frame's content that are yet to come. */
  #missing = 0;
  /** Octets of the current frame, and of the frames of its message before it, that have come. */
  #frame = 0;
  #framesBefore = 0;
  /** In how many pieces, and frames, they came. */
  #pieces = 0;
  #since = 0;

  /** How many have come of it. */
  get octets(): number {
    return this.#frame + this.#framesBefore;
  }

  /** What that takes with the pieces in which it came, octets. */
  get held(): number {
    return this.octets === 0 ? 0 : this.octets + this.#pieces * PIECE_COST;
  }

  /** @param piece what came next @param now ms */
  take(piece: Uint8Array, now: number): void {
    let offset = 0;
    while (offset < piece.length) {
      if (this.octets === 0) this.#begin(now);
      if (this.#header.isWhole) {
        const passed = Math.min(this.#missing, piece.length - offset);
        this.#missing -= passed;
        this.#frame += passed;
        offset += passed;
      } else {
        this.#header.push(piece[offset] ?? 0);
        this.#frame++;
        offset++;
        if (!this.#header.isWhole) continue;
        this.#missing = this.#header.contentLength;
      }
      if (this.#missing === 0) this.#endFrame();
    }
    this.#pieces++;
  }

  /** @param now ms @returns for how long it has been on its way, ms; 0 when there is none */
  age(now: number): number {
    return this.octets === 0 ? 0 : now - this.#since;
  }

  #begin(now: number): void {
    this.#since = now;
    this.#pieces = 0;
  }

  /** A control frame may come in the midst of a message, and is none of it. */
  #endFrame(): void {
    if (!this.#header.isControl) {
      this.#framesBefore = this.#header.isFinal ? 0 : this.#framesBefore + this.#frame;
      this.#pieces++;
    }
    this.#frame = 0;
    this.#header.clear();
  }
}
