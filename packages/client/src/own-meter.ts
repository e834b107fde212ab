const FFT_SIZE = 1024;

/** Measures a microphone's track, for which browsers have no level but by WebAudio. */
export class OwnMeter {
  #context: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #analyser: AnalyserNode | null = null;
  #track: MediaStreamTrack | null = null;
  readonly #samples = new Float32Array(FFT_SIZE);

  /** @returns the root mean square of the last 20 ms, 0 to 1 */
  measure(track: MediaStreamTrack | null): number {
    if (track !== this.#track) this.#connect(track);
    if (this.#analyser === null || this.#source === null) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.sqrt(sum / FFT_SIZE);
  }

  async resume(): Promise<void> {
    await this.#context?.resume();
  }

  close(): void {
    this.#context?.close();
    this.#context = this.#analyser = this.#source = this.#track = null;
  }

  #connect(track: MediaStreamTrack | null): void {
    this.#source?.disconnect();
    this.#source = null;
    this.#track = track;
    if (track === null) return;
    this.#context ??= new AudioContext();
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: FFT_SIZE });
    try {
      this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
      this.#source.connect(this.#analyser);
    } catch {
      // Firefox takes no microphone of another sampling rate than the output's: it has no level then.
    }
  }
}
