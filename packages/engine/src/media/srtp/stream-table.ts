/** SSRCs that a transport may send from, RTP and RTCP counted apart: state that a peer can make us keep is bounded. */
export const MAX_STREAMS = 64;

/** The streams of one transport by SSRC. */
export class StreamTable<Stream extends { readonly ssrc: number }> {
  readonly #streams: Stream[] = [];
  /** Nearly all packets of a transport come from one SSRC. */
  #latest: Stream | null = null;

  get isFull(): boolean {
    return this.#streams.length >= MAX_STREAMS;
  }

  /** @returns the stream of this SSRC, or null when there is none */
  find(ssrc: number): Stream | null {
    if (this.#latest !== null && this.#latest.ssrc === ssrc) return this.#latest;
    for (let i = 0; i < this.#streams.length; i++) {
      const stream = this.#streams[i];
      if (stream !== undefined && stream.ssrc === ssrc) {
        this.#latest = stream;
        return stream;
      }
    }
    return null;
  }

  /** Adds a stream; the caller has looked whether there is room. */
  add(stream: Stream): void {
    this.#streams.push(stream);
  }
}
