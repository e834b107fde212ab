import wrtc from '@roamhq/wrtc';

/** The library takes sound in pieces of 10 ms. */
const PIECE_MILLISECONDS = 10;
const SAMPLE_RATE = 48_000;
const PIECE_SAMPLES = (SAMPLE_RATE * PIECE_MILLISECONDS) / 1000;
/** In hertz; a whole number of periods fits into each piece, so that pieces join without a click. */
const TONE = 400;
/** After a pause of this process, no more than this much is made up for. */
const CATCH_UP_PIECES = 20;
/** Half of the full scale of 16 bits. */
const AMPLITUDE = 16_384;
const SOUND = Int16Array.from({ length: PIECE_SAMPLES }, (_, index) =>
  Math.round(AMPLITUDE * Math.sin((2 * Math.PI * TONE * index) / SAMPLE_RATE)),
);
const SILENCE = new Int16Array(PIECE_SAMPLES);

/** A microphone that gives a steady tone, while it is on, in step with the clock. */
export class Microphone {
  /** Off, it gives silence. */
  isOn = true;
  readonly #source = new wrtc.nonstandard.RTCAudioSource();
  readonly track: { stop(): void } & object = this.#source.createTrack();
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();
  #pieces = 0;

  constructor() {
    this.#timer = setInterval(() => this.#feed(), PIECE_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }

  #feed(): void {
    const due = Math.floor((performance.now() - this.#startedAt) / PIECE_MILLISECONDS);
    this.#pieces = Math.max(this.#pieces, due - CATCH_UP_PIECES);
    for (; this.#pieces < due; this.#pieces++) {
      this.#source.onData({
        samples: this.isOn ? SOUND : SILENCE,
        sampleRate: SAMPLE_RATE,
        bitsPerSample: 16,
        channelCount: 1,
        numberOfFrames: PIECE_SAMPLES,
      });
    }
  }
}
