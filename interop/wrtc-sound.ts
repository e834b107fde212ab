import wrtc from '@roamhq/wrtc';
import {
  fromPcm16,
  rootMeanSquare,
  SAMPLE_RATE_HERTZ,
  type Sound,
  SPECTRUM_SAMPLES,
  synthesize,
  toPcm16,
} from './tones.js';

/** The library takes and gives sound in pieces of 10 ms. */
const PIECE_MILLISECONDS = 10;
const PIECE_SAMPLES = (SAMPLE_RATE_HERTZ * PIECE_MILLISECONDS) / 1000;
/** After a pause of this process, no more than this much is made up for. */
const CATCH_UP_PIECES = 20;
const LOUD_RMS = 0.05;

interface DecodedPiece {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly channelCount: number;
}

/** A tone as the microphone of @roamhq/wrtc, in step with the clock. */
export class ToneSource {
  readonly track: MediaStreamTrack;
  readonly #source = new wrtc.nonstandard.RTCAudioSource();
  readonly #timer: NodeJS.Timeout;
  readonly #tone: number;
  #started = performance.now();
  #pieces = 0;

  /** @param tone in hertz; 0 for silence */
  constructor(tone: number) {
    this.#tone = tone;
    this.track = this.#source.createTrack();
    this.#timer = setInterval(() => this.#feed(), PIECE_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }

  #feed(): void {
    const due = Math.floor((performance.now() - this.#started) / PIECE_MILLISECONDS);
    this.#pieces = Math.max(this.#pieces, due - CATCH_UP_PIECES);
    for (; this.#pieces < due; this.#pieces += 1) {
      this.#source.onData({
        samples: toPcm16(synthesize(this.#tone, this.#pieces * PIECE_SAMPLES, PIECE_SAMPLES)),
        sampleRate: SAMPLE_RATE_HERTZ,
        bitsPerSample: 16,
        channelCount: 1,
        numberOfFrames: PIECE_SAMPLES,
      });
    }
  }
}

/** What the decoder behind a received track gives out. */
export class DecodedSound {
  readonly #sink: InstanceType<typeof wrtc.nonstandard.RTCAudioSink>;
  #recent = new Float32Array(SPECTRUM_SAMPLES);
  #sampleRate = SAMPLE_RATE_HERTZ;
  /** When the first loud piece came, in milliseconds since 1970. */
  loudSince: number | undefined;

  constructor(track: MediaStreamTrack) {
    this.#sink = new wrtc.nonstandard.RTCAudioSink(track);
    this.#sink.ondata = (piece: DecodedPiece) => this.#take(piece);
  }

  /** @returns the sound of the last 171 ms */
  latest(): Sound {
    return { sampleRate: this.#sampleRate, samples: this.#recent };
  }

  stop(): void {
    this.#sink.stop();
  }

  #take({ samples, sampleRate, channelCount }: DecodedPiece): void {
    const mono = fromPcm16(samples).filter((_, index) => index % channelCount === 0);
    const recent = new Float32Array(SPECTRUM_SAMPLES);
    recent.set(this.#recent.subarray(mono.length));
    recent.set(mono, SPECTRUM_SAMPLES - mono.length);
    this.#recent = recent;
    this.#sampleRate = sampleRate;
    if (this.loudSince === undefined && rootMeanSquare(mono) > LOUD_RMS) this.loudSince = Date.now();
  }
}
