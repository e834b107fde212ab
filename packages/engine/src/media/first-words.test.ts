import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';

interface Utterance {
  readonly onset: number;
  readonly end: number;
}

interface Voice {
  readonly name: string;
  readonly utterances: readonly Utterance[];
  /** Octets of RFC 6464, one for 20 ms. */
  readonly levels: Buffer;
}

const PACKET = 20;
const ROOM = 1;
const LISTENERS_ONLY = 8;
const SEATS = 2;
/** ms of each utterance that have to arrive, though nothing was forwarded before. */
const FIRST_WORDS = 200;
/** Of those who say nothing: -dBov, from one to the next. */
const QUIETEST = 85;
const QUIET_STEP = 4;
/** ms before the first utterance that are left out, since nobody says anything. */
const LEAD = 6_000;

/** Two voices of espeak-ng in a conversation; `npm run speech` makes the file. */
function conversation(): Voice[] {
  const file = readFileSync(new URL('speech/fixtures/conversation.json', import.meta.url), 'utf8');
  const { voices }: { voices: (Omit<Voice, 'levels'> & { levels: string })[] } = JSON.parse(file);
  return voices.map((voice) => ({ ...voice, levels: Buffer.from(voice.levels, 'hex') }));
}

interface Sent {
  /** When its recording begins, ms. */
  readonly at: number;
  readonly payload: string;
}

test('the first 200 ms of what real voices say arrive in a room that forwards only speakers, and no gaps', async () => {
  const bench = new MediaBench(await prepareBenches());
  const voices = conversation();
  const speakers = voices.map((voice) => {
    const sent: Sent[] = [];
    return { voice, published: bench.publish(bench.join()), sent };
  });
  const silent: Published[] = Array.from({ length: LISTENERS_ONLY }, () => bench.publish(bench.join()));
  const listener = bench.join();
  const ssrcs = speakers.map(({ published }) => bench.subscribe(listener, published).ssrc);
  for (const published of silent) bench.subscribe(listener, published);
  bench.control({ type: 'limit-room', roomId: ROOM, loudest: SEATS, slots: 0 });
  const packets = voices[0]?.levels.length ?? 0;
  for (let i = LEAD / PACKET; i < packets; i++) {
    for (const { voice, published, sent } of speakers) {
      const payload = published.stream.send({ level: voice.levels[i] ?? 127 }).toString('hex');
      sent.push({ at: i * PACKET, payload });
    }
    silent.forEach(({ stream }, j) => void stream.send({ level: QUIETEST - QUIET_STEP * j }));
    bench.advance(PACKET);
  }
  for (const [i, { voice, sent }] of speakers.entries()) {
    const heard = listener.heardFrom(ssrcs[i] ?? 0);
    const arrived = new Set(heard.map(({ payload }) => payload.toString('hex')));
    for (const { onset } of voice.utterances) {
      const first = sent.filter(({ at }) => at + PACKET > onset && at < onset + FIRST_WORDS);
      expect(first.length).toBeGreaterThanOrEqual(FIRST_WORDS / PACKET);
      expect(first.filter(({ payload }) => !arrived.has(payload))).toEqual([]);
    }
    heard.forEach(({ index }, j) => void expect(index).toBe((heard[0]?.index ?? 0) + j));
    expect(heard.length).toBeLessThan(sent.length);
  }
  expect(listener.heard.length).toBe(ssrcs.reduce((sum, ssrc) => sum + listener.heardFrom(ssrc).length, 0));
  bench.close();
});
