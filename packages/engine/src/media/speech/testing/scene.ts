import { expect } from 'vitest';
import { SpeechDetector } from '../speech-detector.js';

/** Milliseconds of a packet, and of a round of timers. */
export const PACKET = 20;
export const TICK = 50;
/** The bit of RFC 6464 that says voice. */
const VOICE = 0x80;

/** That somebody begins or ceases to speak, and when, ms. */
export interface Change {
  readonly at: number;
  readonly speaking: boolean;
}

/** Feeds a detector with made-up levels, packet by packet, and notes when it changes its mind. */
export class Scene {
  readonly detector = new SpeechDetector();
  readonly changes: Change[] = [];
  /** ms */
  now: number;
  #timestamp: number;
  #tickAt: number;

  constructor(now = 5_000, timestamp = 0x7fff_ff00) {
    this.now = now;
    this.#tickAt = now;
    this.#timestamp = timestamp;
  }

  /** A stretch of packets. @param level dBov, of each */
  play(duration: number, level: number | ((i: number) => number), voice = true): this {
    for (let i = 0; i * PACKET < duration; i++) {
      this.pass(PACKET);
      this.#packet(typeof level === 'number' ? level : level(i), voice);
    }
    return this;
  }

  /** A stretch of packets that tell no level. @param payload of each */
  playPayload(duration: number, payload: Uint8Array): this {
    for (let sent = 0; sent < duration; sent += PACKET) {
      this.pass(PACKET);
      this.#note(this.detector.hearPayload(payload, 0, payload.length, this.#timestamp, this.now));
    }
    return this;
  }

  /** No packets come, whether or not the clock of the timestamps goes on. */
  pass(duration: number): this {
    const until = this.now + duration;
    for (; this.#tickAt <= until; this.#tickAt += TICK) {
      this.now = this.#tickAt;
      this.#note(this.detector.tick(this.now));
    }
    this.now = until;
    this.#timestamp = (this.#timestamp + duration * 48) | 0;
    return this;
  }

  /** The packets of a stretch all come at its end. */
  burst(duration: number, level: number): this {
    const start = this.#timestamp;
    this.pass(duration);
    for (let sent = PACKET; sent <= duration; sent += PACKET) {
      this.#note(this.detector.hear(octetOf(level, true), (start + sent * 48) | 0, this.now));
    }
    return this;
  }

  restartTimestamps(timestamp: number): this {
    this.#timestamp = timestamp | 0;
    return this;
  }

  late(level: number, by: number): this {
    this.#note(this.detector.hear(octetOf(level, true), (this.#timestamp - by * 48) | 0, this.now));
    return this;
  }

  /** Since the instant at which something happened: what changed, and after how many ms. */
  since(start: number): Change[] {
    return this.changes
      .filter(({ at }) => at > start)
      .map(({ at, speaking }) => ({ at: at - start, speaking }));
  }

  #packet(level: number, voice: boolean): void {
    this.#note(this.detector.hear(octetOf(level, voice), this.#timestamp, this.now));
  }

  #note(changed: boolean): void {
    const { speaking } = this.detector;
    expect(changed).toBe(speaking !== (this.changes.at(-1)?.speaking ?? false));
    if (changed) this.changes.push({ at: this.now, speaking });
  }
}

function octetOf(level: number, voice: boolean): number {
  return (voice ? VOICE : 0) | Math.min(127, Math.max(0, Math.round(-level)));
}

/** Levels of noise around one, always the same. */
export function noise(level: number, spread: number): (i: number) => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return level + (state / 0x7fff_ffff - 0.5) * 2 * spread;
  };
}
