const FFT_SIZE = 1024;
/** Root mean square of room noise and of a raised voice near the microphone, in full-scale units. */
const QUIET = 0.012;
const LOUD = 0.16;
/** How much of the last value stays per measurement: speech has gaps that should not flicker. */
const DECAY = 0.82;

/** Measures how loud streams are, by WebAudio. */
export class Loudness {
  #context = new AudioContext();
  #samples = new Float32Array(FFT_SIZE);

  /** Call it from a click: browsers keep audio silent until somebody touches the page. */
  resume() {
    return this.#context.resume();
  }

  /**
   * @param {MediaStreamTrack} track
   * @returns {{measure: () => number, stop: () => void}} `measure` gives 0 (silent) to 1 (loud)
   */
  meter(track) {
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(this.#context, { fftSize: FFT_SIZE });
    source.connect(analyser);
    let level = 0;
    return {
      measure: () => {
        level = Math.max(this.#level(analyser), level * DECAY);
        return level;
      },
      stop: () => source.disconnect(),
    };
  }

  #level(analyser) {
    analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    const rms = Math.sqrt(sum / FFT_SIZE);
    return rms <= QUIET ? 0 : Math.min(1, Math.log(rms / QUIET) / Math.log(LOUD / QUIET));
  }
}
