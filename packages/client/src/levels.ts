import type { Member } from './member.js';
import type { Roster } from './roster.js';

const INTERVAL_MILLISECONDS = 100;
/** Root mean square of room noise and of a raised voice near the microphone, of full scale. */
const QUIET = 0.012;
const LOUD = 0.16;
/** How much of the last level stays: speech has gaps that should not flicker. */
const DECAY = 0.6;
const FFT_SIZE = 1024;
/** Levels at which somebody is taken to begin and to stop, and for how many looks that has to last. */
const SPEAKING_LEVEL = 0.25;
const SILENT_LEVEL = 0.1;
const SILENT_LOOKS = 6;

/** @param amplitude root mean square, 0 to 1 @returns how loud that is to the ear, 0 to 1 */
export function loudness(amplitude: number): number {
  return amplitude <= QUIET ? 0 : Math.min(1, Math.log(amplitude / QUIET) / Math.log(LOUD / QUIET));
}

/** Tells speech from pauses between words. */
export class SpeechDetector {
  #speaking = false;
  #silentLooks = 0;

  /** @returns whether somebody with that level speaks */
  look(level: number): boolean {
    this.#silentLooks = level < SILENT_LEVEL ? this.#silentLooks + 1 : 0;
    if (level >= SPEAKING_LEVEL) this.#speaking = true;
    else if (this.#silentLooks >= SILENT_LOOKS) this.#speaking = false;
    return this.#speaking;
  }
}

export interface LevelsOptions {
  readonly roster: Roster;
  /** What is sent right now; null for silence. */
  readonly microphone: () => MediaStreamTrack | null;
  /** Whether speaking is to be told from levels, since the server does not tell it. */
  readonly tellsSpeaking: () => boolean;
  readonly onLevels: () => void;
}

/** Measures how loud everybody is, while it runs. */
export class Levels {
  readonly #options: LevelsOptions;
  readonly #speech = new WeakMap<Member, SpeechDetector>();
  readonly #heardAt = new WeakMap<Member, number>();
  readonly #ownMeter = new OwnMeter();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: LevelsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), INTERVAL_MILLISECONDS);
  }

  /** WebAudio, too, waits for a click in some browsers. */
  async resume(): Promise<void> {
    await this.#ownMeter.resume();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#ownMeter.close();
  }

  #look(): void {
    const { roster, microphone, onLevels } = this.#options;
    this.#set(roster.me, loudness(this.#ownMeter.measure(microphone())));
    for (const member of roster.others.values()) this.#set(member, loudness(this.#amplitudeOf(member)));
    onLevels();
  }

  /** RFC 6464 levels of the packets that are being played, or the decoder's; nothing is computed for it here. */
  #amplitudeOf(member: Member): number {
    const [source] = this.#options.roster.voiceOf(member.uid)?.receiver.getSynchronizationSources() ?? [];
    if (source === undefined) return 0;
    const isOld = this.#heardAt.get(member) === source.timestamp;
    this.#heardAt.set(member, source.timestamp);
    return isOld ? 0 : (source.audioLevel ?? 0);
  }

  #set(member: Member, now: number): void {
    member.level = Math.max(now, member.level * DECAY);
    let detector = this.#speech.get(member);
    if (detector === undefined) {
      detector = new SpeechDetector();
      this.#speech.set(member, detector);
    }
    const speaks = detector.look(now);
    if (this.#options.tellsSpeaking()) this.#options.roster.setSpeaking(member, speaks);
  }
}

/** Measures the own microphone, for which browsers have no level but by WebAudio. */
class OwnMeter {
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
