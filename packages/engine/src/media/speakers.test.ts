import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Speakers } from '../contract/messages.js';
import { PREROLL_DURATION } from './forward/source-stream.js';
import { HOLD_TIME } from './speakers/seats.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';
import { findBreaks } from './testing/packet-gaps.js';
import { ATTACK, limitRoom, openSlots, payloads, publishers, talk } from './testing/talk.js';
import { PACKET_INTERVAL, PACKET_TICKS } from './testing/test-stream.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function seatings(): Speakers[] {
  return bench.events.filter((event) => event.type === 'speakers');
}

describe('in a room of which two are forwarded', () => {
  test('nobody is heard who does not speak, and who speaks is, from before that was found', () => {
    const all = publishers(bench, 4);
    const [first] = all;
    if (first === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    const ssrcs = all.map((published) => bench.subscribe(listener, published).ssrc);
    bench.control(limitRoom(2));
    talk(bench, all, 20);
    expect(listener.heard).toHaveLength(0);
    expect(bench.drops.get('rtp-not-seated')).toBe(80);
    const sent = talk(bench, all, ATTACK, first).get(first) ?? [];
    const heard = listener.heardFrom(ssrcs[0] ?? 0);
    expect(listener.heard).toHaveLength(heard.length);
    expect(payloads(heard).slice(-ATTACK)).toEqual(sent);
    expect(heard.length).toBeLessThanOrEqual(ATTACK + PREROLL_DURATION / PACKET_INTERVAL);
    expect(findBreaks(heard)).toEqual([]);
    expect(seatings().at(-1)?.seats).toEqual([first.id, null]);
  });

  test('a third speaker is heard as soon as one ceases, and numbers go on without a gap for all of them', () => {
    const all = publishers(bench, 3);
    const [a, b, c] = all;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are too few');
    const listener = bench.join();
    const ssrcs = new Map(all.map((published) => [published, bench.subscribe(listener, published).ssrc]));
    bench.control(limitRoom(2));
    for (const speakers of [[a, b], [b, c], [c, a], [a, b], [b], [c], [a, c]]) {
      bench.advance(500);
      listener.forget();
      const sent = talk(bench, all, 50, ...speakers);
      for (const speaker of speakers) {
        const heard = payloads(listener.heardFrom(ssrcs.get(speaker) ?? 0));
        expect(heard.slice(-50)).toEqual(sent.get(speaker));
      }
      expect(new Set(listener.heard.slice(-20).map(({ ssrc }) => ssrc)).size).toBeLessThanOrEqual(2);
    }
  });

  test('the first packet behind a pause is marked, and its timestamp is the source’s', () => {
    const [speaker] = publishers(bench, 1);
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, speaker);
    talk(bench, [speaker], 10);
    bench.control(limitRoom(1));
    talk(bench, [speaker], 100);
    talk(bench, [speaker], ATTACK, speaker);
    const heard = listener.heardFrom(ssrc);
    const marked = heard.findIndex(({ marker }) => marker);
    expect(marked).toBe(10);
    expect(heard.filter(({ marker }) => marker)).toHaveLength(1);
    const [last, first] = [heard[9], heard[10]];
    const leftOut = ((first?.timestamp ?? 0) - (last?.timestamp ?? 0)) / PACKET_TICKS - 1;
    expect(10 + leftOut + heard.length - 10).toBe(10 + 100 + ATTACK);
    expect(first?.index).toBe((last?.index ?? 0) + 1);
  });

  test('who joins meanwhile starts right', () => {
    const all = publishers(bench, 2);
    const [speaker] = all;
    if (speaker === undefined) throw new Error('there is nobody');
    bench.control(limitRoom(1));
    talk(bench, all, 5);
    const early = bench.join();
    const one = bench.subscribe(early, speaker);
    talk(bench, all, 20);
    talk(bench, all, ATTACK, speaker);
    const late = bench.join();
    const two = bench.subscribe(late, speaker);
    const sent = talk(bench, all, 10, speaker).get(speaker);
    for (const heard of [early.heardFrom(one.ssrc), late.heardFrom(two.ssrc)]) {
      expect(payloads(heard).slice(-10)).toEqual(sent);
      expect(findBreaks(heard)).toEqual([]);
    }
    expect(late.heard).toHaveLength(10);
    expect(early.heard[0]?.index).toBeLessThan(0x8000);
  });

  test('a packet that comes late goes out if it is of what is forwarded now, and else does not', () => {
    const [speaker] = publishers(bench, 1);
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    bench.subscribe(listener, speaker);
    bench.control(limitRoom(1));
    talk(bench, [speaker], 5);
    const old = speaker.stream.next();
    talk(bench, [speaker], 50);
    talk(bench, [speaker], ATTACK, speaker);
    const late = speaker.stream.next();
    talk(bench, [speaker], 5, speaker);
    const before = listener.heard.length;
    speaker.peer.send(old);
    speaker.peer.send(late);
    bench.pump();
    expect(listener.heard).toHaveLength(before + 1);
    expect(findBreaks(listener.heard.toSorted((a, b) => a.index - b.index))).toEqual([]);
  });

  test('a seat is kept till somebody needs it, and not for ever', () => {
    const all = publishers(bench, 2);
    const [speaker] = all;
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    bench.subscribe(listener, speaker);
    bench.control(limitRoom(1));
    talk(bench, all, ATTACK, speaker);
    listener.forget();
    const pause = HOLD_TIME / PACKET_INTERVAL;
    talk(bench, all, pause);
    expect(listener.heard).toHaveLength(pause);
    talk(bench, all, HOLD_TIME / PACKET_INTERVAL);
    listener.forget();
    talk(bench, all, 10);
    expect(listener.heard).toHaveLength(0);
    expect(seatings().map(({ seats }) => seats)).toEqual([[null], [speaker.id], [null]]);
  });

  test('whose packets tell nothing is heard while no speaker needs the seat', () => {
    const [untold, speaker] = publishers(bench, 2);
    if (untold === undefined || speaker === undefined) throw new Error('there are too few');
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, untold);
    bench.control(limitRoom(1));
    const send = () => {
      untold.stream.send({ level: null, payload: Buffer.alloc(40, 1) });
      bench.advance(PACKET_INTERVAL);
    };
    for (let i = 0; i < 10; i++) send();
    expect(listener.heardFrom(ssrc)).toHaveLength(10);
    expect(seatings().at(-1)?.seats).toEqual([untold.id]);
    talk(bench, [speaker], ATTACK, speaker);
    listener.forget();
    send();
    expect(listener.heard).toHaveLength(0);
  });

  test('whom the operator silences leaves the seat, and has it again when that ends', () => {
    const [speaker] = publishers(bench, 1);
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    bench.subscribe(listener, speaker);
    bench.control(limitRoom(1));
    talk(bench, [speaker], ATTACK, speaker);
    bench.control({ type: 'silence-publication', publicationId: speaker.id, silenced: true });
    const { length } = listener.heard;
    talk(bench, [speaker], 50, speaker);
    expect(listener.heard).toHaveLength(length);
    bench.control({ type: 'silence-publication', publicationId: speaker.id, silenced: false });
    talk(bench, [speaker], 50, speaker);
    expect(listener.heard).toHaveLength(length + 50);
    expect(findBreaks(listener.heard)).toEqual([]);
  });
});

describe('a limit that comes, changes and goes', () => {
  test('touches no subscription, however many there are: nothing is written into worker memory', () => {
    const all = publishers(bench, 4);
    for (let i = 0; i < 9; i++) {
      const listener = bench.join();
      for (const published of all) bench.subscribe(listener, published);
      bench.openSlot(listener, 0);
    }
    bench.control(limitRoom(4, 4));
    talk(bench, all, ATTACK, ...all);
    const before = Buffer.from(bench.memory.bytes);
    for (const loudest of [1, 3, 0, 4, 2]) bench.control(limitRoom(loudest, 4));
    expect(Buffer.compare(before, bench.memory.bytes)).toBe(0);
    const at = bench.drops.get('rtp-not-seated');
    talk(bench, all, 1, ...all);
    expect(bench.drops.get('rtp-not-seated') - at).toBe(2);
  });

  test('finds who speaks then, the most dominant first, and forgets who spoke before', () => {
    const all = publishers(bench, 3);
    const [a, b, c] = all;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are too few');
    bench.control(limitRoom(1));
    talk(bench, all, ATTACK, a, b);
    bench.control(limitRoom(null));
    talk(bench, all, 60);
    talk(bench, all, ATTACK, b);
    talk(bench, all, 60, b, c);
    bench.control(limitRoom(2));
    expect(new Set(seatings().at(-1)?.seats)).toEqual(new Set([b.id, c.id]));
    bench.control(limitRoom(null));
    expect(seatings().at(-1)?.seats).toEqual([]);
  });

  test('leaves no gap', () => {
    const all = publishers(bench, 4);
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error('there are too few');
    const listener = bench.join();
    const ssrcs = all.map((published) => bench.subscribe(listener, published).ssrc);
    for (const loudest of [null, 2, 1, 3, null, 2, null]) {
      bench.control(limitRoom(loudest));
      talk(bench, all, 40, a, b);
      const { length } = listener.heard;
      talk(bench, all, 10, a, b);
      if (loudest !== null) expect(listener.heard.length - length).toBe(10 * Math.min(loudest, 2));
      else expect(listener.heard.length - length).toBe(40);
    }
    for (const ssrc of ssrcs) expect(findBreaks(listener.heardFrom(ssrc))).toEqual([]);
  });
});

describe('in a room on two workers', () => {
  let benches: LinkedBenches;
  beforeEach(() => {
    benches = new LinkedBenches(parts);
  });
  afterEach(() => benches.close());

  test('only those with a seat are relayed, and heard there, without gaps', () => {
    const all = [benches.publish(), benches.publish(), benches.publish()];
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error('there are too few');
    const listener = benches.far.join();
    const ssrcs = all.map((published) => benches.far.subscribe(listener, published).ssrc);
    const [slot = 0] = openSlots(benches.far, listener, 1);
    for (const each of [benches.near, benches.far]) each.control(limitRoom(1, 1));
    talk(benches, all, 20);
    expect(listener.heard).toHaveLength(0);
    for (const speaker of [a, b, a, b]) {
      benches.advance(1_000);
      const sent = talk(benches, all, 40, speaker).get(speaker);
      const ssrc = ssrcs[all.indexOf(speaker)] ?? 0;
      expect(payloads(listener.heardFrom(ssrc)).slice(-40)).toEqual(sent);
      expect(payloads(listener.heardFrom(slot)).slice(-40)).toEqual(sent);
    }
    expect(benches.far.drops.get('rtp-not-seated')).toBe(0);
    for (const ssrc of [...ssrcs, slot]) expect(findBreaks(listener.heardFrom(ssrc))).toEqual([]);
  });

  test('who speaks there may need the seat of one who is relayed', () => {
    const relayed = benches.publish();
    const local = benches.far.publish(benches.far.join());
    const listener = benches.far.join();
    const [one, two] = [relayed, local].map((published) => benches.far.subscribe(listener, published).ssrc);
    for (const each of [benches.near, benches.far]) each.control(limitRoom(1));
    talk(benches, [relayed], ATTACK, relayed);
    expect(listener.heardFrom(one ?? 0).length).toBeGreaterThanOrEqual(ATTACK);
    talk(benches, [relayed], 50);
    listener.forget();
    const sent = talk(benches, [local, relayed], ATTACK, local).get(local);
    expect(payloads(listener.heardFrom(two ?? 0)).slice(-ATTACK)).toEqual(sent);
    const { length } = listener.heardFrom(one ?? 0);
    talk(benches, [local, relayed], 10, local);
    expect(listener.heardFrom(one ?? 0)).toHaveLength(length);
  });
});
