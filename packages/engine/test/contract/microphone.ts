import wrtc from '@roamhq/wrtc';

/** The library takes sound in pieces of 10 ms. */
const PIECE_MILLISECONDS = 10;
const SAMPLE_RATE = 48_000;
const PIECE_SAMPLES = (SAMPLE_RATE * PIECE_MILLISECONDS) / 1000;
/** In hertz; a whole number of periods fits into each piece, so that pieces join without a click. */
const TONE = 400;
/** Half of the full scale of 16 bits. */
const AMPLITUDE = 16_384;

/** A microphone that gives a steady tone, while it is on. */
export class Microphone {
  /** Off, it gives silence. */
  isOn = true;
  readonly #source = new wrtc.nonstandard.RTCAudioSource();
  readonly track: { stop(): void } & object = this.#source.createTrack();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    const samples = Int16Array.from({ length: PIECE_SAMPLES }, (_, index) =>
      Math.round(AMPLITUDE * Math.sin((2 * Math.PI * TONE * index) / SAMPLE_RATE)),
    );
    const silence = new Int16Array(PIECE_SAMPLES);
    const numberOfFrames = PIECE_SAMPLES;
    this.#timer = setInterval(() => {
      this.#source.onData({
        samples: this.isOn ? samples : silence,
        sampleRate: SAMPLE_RATE,
        bitsPerSample: 16,
        channelCount: 1,
        numberOfFrames,
      });
    }, PIECE_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }
}
