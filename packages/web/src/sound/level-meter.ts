const FFT_SIZE = 1024;
/** Root mean square of room noise and of a raised voice near the microphone, of full scale. */
const QUIET = 0.012;
const LOUD = 0.16;
/** How much of the last level stays from frame to frame: speech has gaps that should not flicker. */
const DECAY = 0.88;

/** Measures how loud a track is, before there is a call that does. */
export class LevelMeter {
  readonly #context = new AudioContext();
  readonly #analyser = new AnalyserNode(this.#context, { fftSize: FFT_SIZE });
  readonly #samples = new Float32Array(FFT_SIZE);
  #level = 0;

  constructor(track: MediaStreamTrack) {
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
  }

  /** @returns how loud it is right now to the ear, 0 to 1 */
  measure(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    const amplitude = Math.max(QUIET, Math.sqrt(sum / FFT_SIZE));
    const loudness = Math.min(1, Math.log(amplitude / QUIET) / Math.log(LOUD / QUIET));
    this.#level = Math.max(loudness, this.#level * DECAY);
    return this.#level;
  }

  /** Browsers allow a page only a few audio contexts. */
  close(): void {
    this.#context.close();
  }
}
