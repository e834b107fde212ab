import { PREROLL_DURATION } from '@kraken/engine/internal/media/forward/source-stream';
import { SpeechDetector } from '@kraken/engine/internal/media/speech/speech-detector';
import type { Publisher, Utterance } from './scene.js';
import type { Packet } from './stream.js';

/** As in the worker, ms. */
const TICK = 50;
const TICKS_PER_MILLISECOND = 48;
/** Milliseconds between two looks at the scores. */
const SCORE_INTERVAL = 100;
/** What is marked up to so long before an onset is marked for it: sound that is not quite speech comes before. */
const BEFORE_ONSET = 200;
/** From here on after an onset, its speaker should be ranked above who is silent, ms. */
const RANKED_AFTER = 300;
/** By then, the noise that a publisher began with is known, ms: two windows of the floor. */
export const SETTLED = 6_500;

/** When somebody counted as speaking, and how the score went. */
export interface Hearing {
  readonly stretches: readonly Utterance[];
  /** One for each SCORE_INTERVAL. */
  readonly scores: readonly number[];
}

/** What a detector makes of a stream. */
export function hear(packets: readonly Packet[], duration: number): Hearing {
  const detector = new SpeechDetector();
  const stretches: Utterance[] = [];
  const scores: number[] = [];
  let onset = 0;
  let next = 0;
  const note = (changed: boolean, now: number): void => {
    if (!changed) return;
    if (detector.speaking) onset = now;
    else stretches.push({ onset, end: now });
  };
  for (let now = 0; now < duration; now += 10) {
    if (now % TICK === 0) note(detector.tick(now), now);
    for (let packet = packets[next]; packet !== undefined && packet.at <= now; packet = packets[next]) {
      next++;
      note(take(detector, packet), now);
    }
    if (now % SCORE_INTERVAL === 0) scores.push(detector.score);
  }
  if (detector.speaking) stretches.push({ onset, end: duration });
  return { stretches, scores };
}

function take(detector: SpeechDetector, { at, level, payload }: Packet): boolean {
  const timestamp = (at * TICKS_PER_MILLISECOND) | 0;
  if (level !== null) return detector.hear(level, timestamp, at);
  return detector.hearPayload(payload, 0, payload.length, timestamp, at);
}

/** How one utterance was found. */
export interface Finding {
  /** ms from its onset until its speaker was marked, or null when that never happened. */
  readonly delay: number | null;
  /** How often its speaker was marked anew while it lasted, beyond the first time. */
  readonly flaps: number;
  /** ms for which its speaker was still marked behind it. */
  readonly lingering: number;
}

export function judge({ onset, end }: Utterance, { stretches }: Hearing): Finding {
  const during = stretches.filter((stretch) => stretch.end > onset && stretch.onset < end);
  const first = during[0];
  if (first === undefined) return { delay: null, flaps: 0, lingering: 0 };
  return {
    delay: Math.max(0, first.onset < onset - BEFORE_ONSET ? 0 : first.onset - onset),
    flaps: during.length - 1,
    lingering: Math.max(0, (during.at(-1)?.end ?? end) - end),
  };
}

/** Whether listeners get the utterance from its first packet on where only speakers are forwarded. */
export function isWhole({ delay }: Finding): boolean {
  return delay !== null && delay <= PREROLL_DURATION;
}

/** What came of all of a room. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** Names of those who were marked and had said nothing: in their first seconds, and later. */
  readonly wrongAtFirst: readonly string[];
  readonly wrongLater: readonly string[];
  /** Share of the time of speech in which its speaker scored higher than all who were silent. */
  readonly ranked: number;
}

export function judgeAll(publishers: readonly Publisher[], hearings: readonly Hearing[]): Verdict {
  const findings: Finding[] = [];
  const wrongAtFirst: string[] = [];
  const wrongLater: string[] = [];
  for (const [i, { name, utterances }] of publishers.entries()) {
    const hearing = hearings[i];
    if (hearing === undefined) throw new Error(`nobody has listened to ${name}`);
    for (const utterance of utterances) findings.push(judge(utterance, hearing));
    if (utterances.length > 0) continue;
    if (hearing.stretches.some(({ onset }) => onset < SETTLED)) wrongAtFirst.push(name);
    if (hearing.stretches.some(({ end }) => end > SETTLED)) wrongLater.push(name);
  }
  return { findings, wrongAtFirst, wrongLater, ranked: rankedShare(publishers, hearings) };
}

function rankedShare(publishers: readonly Publisher[], hearings: readonly Hearing[]): number {
  let looks = 0;
  let above = 0;
  const silent = hearings.filter((_, i) => publishers[i]?.utterances.length === 0);
  for (const [i, { utterances }] of publishers.entries()) {
    for (const { onset, end } of utterances) {
      for (
        let look = Math.ceil((onset + RANKED_AFTER) / SCORE_INTERVAL);
        look * SCORE_INTERVAL < end;
        look++
      ) {
        const score = hearings[i]?.scores[look] ?? 0;
        looks++;
        if (silent.every(({ scores }) => score > (scores[look] ?? 0))) above++;
      }
    }
  }
  return above / looks;
}
