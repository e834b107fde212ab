import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Speech } from '../contract/messages.js';
import { CELT_VOWEL, SILK_NOISE, SILK_VOWEL } from './opus/testing/opus-packets.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { TestStream } from './testing/test-stream.js';

/** Octets of RFC 6464: voice at -25 dBov, and a quiet room. */
const LOUD = 0x80 | 25;
const QUIET = 70;

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function send(
  { stream }: Pick<Published, 'stream'>,
  packets: number,
  level: number | null,
  payload: Uint8Array = SILK_NOISE,
): void {
  for (let i = 0; i < packets; i++) {
    stream.send({ level, payload });
    bench.advance(20);
  }
}

function speeches(): Speech[] {
  return bench.events.filter((event) => event.type === 'speech');
}

function speech({ id, peer }: Published, speaking: boolean): Speech {
  return { type: 'speech', publicationId: id, transportId: peer.transportId, speaking };
}

test('of somebody who is alone is told to control when it begins and when it ends, once each', () => {
  const publication = bench.publish(bench.join());
  send(publication, 50, QUIET);
  expect(speeches()).toEqual([]);
  send(publication, 50, LOUD);
  expect(speeches()).toEqual([speech(publication, true)]);
  send(publication, 50, QUIET);
  expect(speeches()).toEqual([speech(publication, true), speech(publication, false)]);
});

test('ends when packets stop', () => {
  const publication = bench.publish(bench.join());
  send(publication, 20, LOUD);
  bench.advance(1_000);
  expect(speeches()).toEqual([speech(publication, true), speech(publication, false)]);
});

test('of one is not that of another, whoever listens', () => {
  const [loud, quiet] = [bench.publish(bench.join()), bench.publish(bench.join())];
  bench.subscribe(loud.peer, quiet);
  bench.subscribe(quiet.peer, loud);
  for (let i = 0; i < 20; i++) {
    loud.stream.send({ level: LOUD });
    quiet.stream.send({ level: QUIET });
    bench.advance(20);
  }
  expect(speeches()).toEqual([speech(loud, true)]);
});

test('of who is silenced is found as well', () => {
  const publication = bench.publish(bench.join());
  bench.control({ type: 'silence-publication', publicationId: publication.id, silenced: true });
  send(publication, 20, LOUD);
  expect(speeches()).toEqual([speech(publication, true)]);
});

test('goes on when the source changes its SSRC', () => {
  const publication = bench.publish(bench.join(), { ssrcs: [], midExtension: null });
  send(publication, 20, LOUD);
  bench.advance(200);
  send({ stream: new TestStream(publication.peer, { midExtension: null }) }, 20, LOUD);
  expect(speeches()).toEqual([speech(publication, true)]);
});

test('is found in Opus packets without a level, and in those whose level SDP did not name', () => {
  const unnamed = { ssrc: 4_711, audioLevelExtension: null };
  for (const publication of [bench.publish(bench.join()), bench.publish(bench.join(), unnamed)]) {
    const { peer, stream } = publication;
    const levelled = publication.stream.ssrc === unnamed.ssrc;
    const sender = levelled ? new TestStream(peer, { ssrc: stream.ssrc, audioLevelExtension: 1 }) : stream;
    const before = speeches().length;
    send({ stream: sender }, 50, levelled ? LOUD : null, SILK_NOISE);
    expect(speeches()).toHaveLength(before);
    send({ stream: sender }, 50, levelled ? QUIET : null, SILK_VOWEL);
    send({ stream: sender }, 50, levelled ? LOUD : null, SILK_NOISE);
    expect(speeches().slice(before)).toEqual([speech(publication, true), speech(publication, false)]);
  }
});

test('is found in the payload alone, not in the padding behind it', () => {
  const publication = bench.publish(bench.join());
  for (let i = 0; i < 20; i++) {
    publication.stream.send({ level: null, payload: CELT_VOWEL, padding: 4 });
    bench.advance(20);
  }
  expect(speeches()).toEqual([speech(publication, true)]);
});
