import { loudness } from './loudness.js';
import type { Member } from './member.js';
import { OwnMeter } from './own-meter.js';
import type { Roster } from './roster.js';

const INTERVAL_MILLISECONDS = 100;
/** How much of the last level stays: speech has gaps that should not flicker. */
const DECAY = 0.6;
/** Levels at which somebody is taken to begin and to stop, and for how many looks that has to last. */
const SPEAKING_LEVEL = 0.25;
const SILENT_LEVEL = 0.1;
const SILENT_LOOKS = 6;

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
