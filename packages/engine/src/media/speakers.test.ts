import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LimitRoom, Speakers } from '../contract/messages.js';
import { PREROLL_DURATION } from './forward/source-stream.js';
import { HOLD_TIME } from './speakers/seats.js';
import { LinkedBenches } from './testing/linked-benches.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { findBreaks } from './testing/packet-gaps.js';
import type { HeardPacket, TestPeer } from './testing/test-peer.js';
import { PACKET_TICKS } from './testing/test-stream.js';

const ROOM = 1;
/** Octets of RFC 6464: voice at -25 dBov, and a quiet room. */
const LOUD = 0x80 | 25;
const QUIET = 70;
/** Milliseconds of a packet. */
const PACKET = 20;
/** Packets after which who is loud is surely seated. */
const ATTACK = 15;

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function limit(loudest: number | null, slots = 0): LimitRoom {
  return { type: 'limit-room', roomId: ROOM, loudest, slots };
}

function publishers(count: number): Published[] {
  return Array.from({ length: count }, () => bench.publish(bench.join()));
}

/** All send, and some of them speak. @returns what each has sent, by the payloads in hexadecimal */
function talk(
  all: readonly Published[],
  packets: number,
  ...speakers: readonly Published[]
): Map<Published, string[]> {
  const sent = new Map<Published, string[]>(all.map((published) => [published, []]));
  for (let i = 0; i < packets; i++) {
    for (const published of all) {
      const payload = published.stream.send({ level: speakers.includes(published) ? LOUD : QUIET });
      sent.get(published)?.push(payload.toString('hex'));
    }
    bench.advance(PACKET);
  }
  return sent;
}

function payloads(heard: readonly HeardPacket[]): string[] {
  return heard.map(({ payload }) => payload.toString('hex'));
}

function seatings(): Speakers[] {
  return bench.events.filter((event) => event.type === 'speakers');
}

describe('in a room of which two are forwarded', () => {
  test('nobody is heard who does not speak, and who speaks is, from before that was found', () => {
    const all = publishers(4);
    const [first] = all;
    if (first === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    const ssrcs = all.map((published) => bench.subscribe(listener, published).ssrc);
    bench.control(limit(2));
    talk(all, 20);
    expect(listener.heard).toHaveLength(0);
    expect(bench.drops.get('rtp-not-seated')).toBe(80);
    const sent = talk(all, ATTACK, first).get(first) ?? [];
    const heard = listener.heardFrom(ssrcs[0] ?? 0);
    expect(listener.heard).toHaveLength(heard.length);
    expect(payloads(heard).slice(-ATTACK)).toEqual(sent);
    expect(heard.length).toBeLessThanOrEqual(ATTACK + PREROLL_DURATION / PACKET);
    expect(findBreaks(heard)).toEqual([]);
    expect(seatings().at(-1)?.seats).toEqual([first.id, null]);
  });

  test('a third speaker is heard as soon as one ceases, and numbers go on without a gap for all of them', () => {
    const all = publishers(3);
    const [a, b, c] = all;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are too few');
    const listener = bench.join();
    const ssrcs = new Map(all.map((published) => [published, bench.subscribe(listener, published).ssrc]));
    bench.control(limit(2));
    for (const speakers of [[a, b], [b, c], [c, a], [a, b], [b], [c], [a, c]]) {
      bench.advance(500);
      listener.forget();
      const sent = talk(all, 50, ...speakers);
      for (const speaker of speakers) {
        const heard = payloads(listener.heardFrom(ssrcs.get(speaker) ?? 0));
        expect(heard.slice(-50)).toEqual(sent.get(speaker));
      }
      expect(new Set(listener.heard.slice(-20).map(({ ssrc }) => ssrc)).size).toBeLessThanOrEqual(2);
    }
  });

  test('the first packet behind a pause is marked, and its timestamp is the source’s', () => {
    const [speaker] = publishers(1);
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, speaker);
    talk([speaker], 10);
    bench.control(limit(1));
    talk([speaker], 100);
    talk([speaker], ATTACK, speaker);
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
    const all = publishers(2);
    const [speaker] = all;
    if (speaker === undefined) throw new Error('there is nobody');
    bench.control(limit(1));
    talk(all, 5);
    const early = bench.join();
    const one = bench.subscribe(early, speaker);
    talk(all, 20);
    talk(all, ATTACK, speaker);
    const late = bench.join();
    const two = bench.subscribe(late, speaker);
    const sent = talk(all, 10, speaker).get(speaker);
    for (const heard of [early.heardFrom(one.ssrc), late.heardFrom(two.ssrc)]) {
      expect(payloads(heard).slice(-10)).toEqual(sent);
      expect(findBreaks(heard)).toEqual([]);
    }
    expect(late.heard).toHaveLength(10);
    expect(early.heard[0]?.index).toBeLessThan(0x8000);
  });

  test('a packet that comes late goes out if it is of what is forwarded now, and else does not', () => {
    const [speaker] = publishers(1);
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    bench.subscribe(listener, speaker);
    bench.control(limit(1));
    talk([speaker], 5);
    const old = speaker.stream.next();
    talk([speaker], 50);
    talk([speaker], ATTACK, speaker);
    const late = speaker.stream.next();
    talk([speaker], 5, speaker);
    const before = listener.heard.length;
    speaker.peer.send(old);
    speaker.peer.send(late);
    bench.pump();
    expect(listener.heard).toHaveLength(before + 1);
    expect(findBreaks(listener.heard.toSorted((a, b) => a.index - b.index))).toEqual([]);
  });

  test('a seat is kept till somebody needs it, and not for ever', () => {
    const all = publishers(2);
    const [speaker] = all;
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    bench.subscribe(listener, speaker);
    bench.control(limit(1));
    talk(all, ATTACK, speaker);
    listener.forget();
    const pause = HOLD_TIME / PACKET;
    talk(all, pause);
    expect(listener.heard).toHaveLength(pause);
    talk(all, HOLD_TIME / PACKET);
    listener.forget();
    talk(all, 10);
    expect(listener.heard).toHaveLength(0);
    expect(seatings().map(({ seats }) => seats)).toEqual([[null], [speaker.id], [null]]);
  });

  test('whose packets tell nothing is heard while no speaker needs the seat', () => {
    const [untold, speaker] = publishers(2);
    if (untold === undefined || speaker === undefined) throw new Error('there are too few');
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, untold);
    bench.control(limit(1));
    const send = () => {
      untold.stream.send({ level: null, payload: Buffer.alloc(40, 1) });
      bench.advance(PACKET);
    };
    for (let i = 0; i < 10; i++) send();
    expect(listener.heardFrom(ssrc)).toHaveLength(10);
    expect(seatings().at(-1)?.seats).toEqual([untold.id]);
    talk([speaker], ATTACK, speaker);
    listener.forget();
    send();
    expect(listener.heard).toHaveLength(0);
  });

  test('whom the operator silences leaves the seat, and has it again when that ends', () => {
    const [speaker] = publishers(1);
    if (speaker === undefined) throw new Error('there is nobody');
    const listener = bench.join();
    bench.subscribe(listener, speaker);
    bench.control(limit(1));
    talk([speaker], ATTACK, speaker);
    bench.control({ type: 'silence-publication', publicationId: speaker.id, silenced: true });
    const { length } = listener.heard;
    talk([speaker], 50, speaker);
    expect(listener.heard).toHaveLength(length);
    bench.control({ type: 'silence-publication', publicationId: speaker.id, silenced: false });
    talk([speaker], 50, speaker);
    expect(listener.heard).toHaveLength(length + 50);
    expect(findBreaks(listener.heard)).toEqual([]);
  });
});

describe('a limit that comes, changes and goes', () => {
  test('touches no subscription, however many there are: nothing is written into worker memory', () => {
    const all = publishers(4);
    for (let i = 0; i < 9; i++) {
      const listener = bench.join();
      for (const published of all) bench.subscribe(listener, published);
      bench.openSlot(listener, 0);
    }
    bench.control(limit(4, 4));
    talk(all, ATTACK, ...all);
    const before = Buffer.from(bench.memory.bytes);
    for (const loudest of [1, 3, 0, 4, 2]) bench.control(limit(loudest, 4));
    expect(Buffer.compare(before, bench.memory.bytes)).toBe(0);
    const at = bench.drops.get('rtp-not-seated');
    talk(all, 1, ...all);
    expect(bench.drops.get('rtp-not-seated') - at).toBe(2);
  });

  test('finds who speaks then, the most dominant first, and forgets who spoke before', () => {
    const all = publishers(3);
    const [a, b, c] = all;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are too few');
    bench.control(limit(1));
    talk(all, ATTACK, a, b);
    bench.control(limit(null));
    talk(all, 60);
    talk(all, ATTACK, b);
    talk(all, 60, b, c);
    bench.control(limit(2));
    expect(new Set(seatings().at(-1)?.seats)).toEqual(new Set([b.id, c.id]));
    bench.control(limit(null));
    expect(seatings().at(-1)?.seats).toEqual([]);
  });

  test('leaves no gap', () => {
    const all = publishers(4);
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error('there are too few');
    const listener = bench.join();
    const ssrcs = all.map((published) => bench.subscribe(listener, published).ssrc);
    for (const loudest of [null, 2, 1, 3, null, 2, null]) {
      bench.control(limit(loudest));
      talk(all, 40, a, b);
      const { length } = listener.heard;
      talk(all, 10, a, b);
      if (loudest !== null) expect(listener.heard.length - length).toBe(10 * Math.min(loudest, 2));
      else expect(listener.heard.length - length).toBe(40);
    }
    for (const ssrc of ssrcs) expect(findBreaks(listener.heardFrom(ssrc))).toEqual([]);
  });
});

/** Opens slots 0 to n - 1 for a peer. @returns their SSRCs */
function openSlots(peer: TestPeer, count: number, on = bench): number[] {
  return Array.from({ length: count }, (_, slot) => on.openSlot(peer, slot).ssrc);
}

describe('fixed slots', () => {
  test('rotate through who speaks, in one stream without gaps, with the beginnings of what is said', () => {
    const all = publishers(3);
    const listener = bench.join();
    const [slot = 0] = openSlots(listener, 1);
    bench.control(limit(1, 1));
    for (const i of [0, 1, 2, 0, 2, 1]) {
      const speaker = all[i];
      if (speaker === undefined) throw new Error('there is nobody');
      bench.advance(400);
      const sent = talk(all, 40, speaker).get(speaker);
      expect(payloads(listener.heardFrom(slot)).slice(-40)).toEqual(sent);
    }
    expect(findBreaks(listener.heardFrom(slot))).toEqual([]);
    expect(listener.heardFrom(slot)).toHaveLength(listener.heard.length);
  });

  test('do not let the holder hear itself, and go on for it when somebody else comes', () => {
    const all = publishers(2);
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error('there are too few');
    const slots = all.map(({ peer }) => openSlots(peer, 1)[0] ?? 0);
    bench.control(limit(1, 1));
    const own = new Map<Published, string[]>(all.map((published) => [published, []]));
    for (const speaker of [a, b, a, b]) {
      bench.advance(400);
      const sent = talk(all, 40, speaker);
      for (const published of all) own.get(published)?.push(...(sent.get(published) ?? []));
    }
    all.forEach((published, i) => {
      const heard = published.peer.heardFrom(slots[i] ?? 0);
      expect(heard.length).toBeGreaterThan(80);
      expect(findBreaks(heard)).toEqual([]);
      const mine = new Set(own.get(published));
      expect(payloads(heard).filter((payload) => mine.has(payload))).toEqual([]);
    });
  });

  test('are fed with who goes on speaking alone, however few of them somebody has', () => {
    const all = publishers(3);
    const [a, b, c] = all;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are too few');
    const [few, many] = [bench.join(), bench.join()];
    const [only = 0] = openSlots(few, 1);
    const others = openSlots(many, 3);
    bench.control(limit(3, 3));
    for (const speaker of all) talk(all, ATTACK, ...all.slice(0, all.indexOf(speaker) + 1));
    expect(seatings().at(-1)?.seats).toEqual([a.id, b.id, c.id]);
    talk(all, HOLD_TIME / PACKET + 50, c);
    expect(seatings().at(-1)?.seats).toEqual([c.id, null, null]);
    const sent = talk(all, 20, c).get(c);
    expect(payloads(few.heardFrom(only)).slice(-20)).toEqual(sent);
    expect(payloads(many.heard).slice(-20)).toEqual(sent);
    for (const ssrc of others) expect(findBreaks(many.heardFrom(ssrc))).toEqual([]);
    const texts = payloads(many.heard);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('leave nothing behind in memory when the last who had subscribed has gone', () => {
    const used = bench.memory.used;
    const [speaker] = publishers(1);
    const listener = bench.join();
    if (speaker === undefined) throw new Error('there is nobody');
    bench.control(limit(1, 1));
    const [slot = 0] = openSlots(listener, 1);
    talk([speaker], 40, speaker);
    expect(listener.heardFrom(slot).length).toBeGreaterThan(20);
    bench.leave(speaker.peer);
    bench.control(limit(null, 0));
    bench.leave(listener);
    bench.advance(100);
    expect(bench.memory.used).toBe(used);
  });

  test('are fed beside subscriptions, whether those are limited or not', () => {
    const all = publishers(2);
    const [speaker] = all;
    if (speaker === undefined) throw new Error('there is nobody');
    const [modern, compatible] = [bench.join(), bench.join()];
    const ssrcs = all.map((published) => bench.subscribe(compatible, published).ssrc);
    const [slot = 0] = openSlots(modern, 2);
    for (const loudest of [null, 2]) {
      bench.control(limit(loudest, 2));
      bench.advance(400);
      const sent = talk(all, 30, speaker).get(speaker);
      expect(payloads(modern.heardFrom(slot)).slice(-30)).toEqual(sent);
      expect(payloads(compatible.heardFrom(ssrcs[0] ?? 0)).slice(-30)).toEqual(sent);
      expect(compatible.heardFrom(ssrcs[1] ?? 0)).toHaveLength(30);
    }
    for (const ssrc of ssrcs) expect(findBreaks(compatible.heardFrom(ssrc))).toEqual([]);
    expect(findBreaks(modern.heard)).toEqual([]);
  });
});

describe('in a room on two workers', () => {
  let benches: LinkedBenches;
  beforeEach(() => {
    benches = new LinkedBenches(parts);
    bench = benches.near;
  });
  afterEach(() => benches.close());

  function speak(all: readonly Published[], packets: number, ...speakers: readonly Published[]): string[] {
    const sent: string[] = [];
    for (let i = 0; i < packets; i++) {
      for (const published of all) {
        const payload = published.stream.send({ level: speakers.includes(published) ? LOUD : QUIET });
        if (speakers.includes(published)) sent.push(payload.toString('hex'));
      }
      benches.advance(PACKET);
    }
    return sent;
  }

  test('only those with a seat are relayed, and heard there, without gaps', () => {
    const all = [benches.publish(), benches.publish(), benches.publish()];
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error('there are too few');
    const listener = benches.far.join();
    const ssrcs = all.map((published) => benches.far.subscribe(listener, published).ssrc);
    const [slot = 0] = openSlots(listener, 1, benches.far);
    for (const each of [benches.near, benches.far]) each.control(limit(1, 1));
    speak(all, 20);
    expect(listener.heard).toHaveLength(0);
    for (const speaker of [a, b, a, b]) {
      benches.advance(1_000);
      const sent = speak(all, 40, speaker);
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
    for (const each of [benches.near, benches.far]) each.control(limit(1));
    speak([relayed], ATTACK, relayed);
    expect(listener.heardFrom(one ?? 0).length).toBeGreaterThanOrEqual(ATTACK);
    speak([relayed], 50);
    listener.forget();
    const sent = speak([local, relayed], ATTACK, local);
    expect(payloads(listener.heardFrom(two ?? 0)).slice(-ATTACK)).toEqual(sent);
    const { length } = listener.heardFrom(one ?? 0);
    speak([local, relayed], 10, local);
    expect(listener.heardFrom(one ?? 0)).toHaveLength(length);
  });
});
