/** What is heard from seats of a room, where fixed slots were opened. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Speakers } from '../contract/messages.js';
import { HOLD_TIME } from './speakers/seats.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { findBreaks } from './testing/packet-gaps.js';
import { ATTACK, limitRoom, openSlots, payloads, publishers, talk } from './testing/talk.js';
import { PACKET_INTERVAL } from './testing/test-stream.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function seatings(): Speakers[] {
  return bench.events.filter((event) => event.type === 'speakers');
}

describe('fixed slots', () => {
  test('rotate through who speaks, in one stream without gaps, with the beginnings of what is said', () => {
    const all = publishers(bench, 3);
    const listener = bench.join();
    const [slot = 0] = openSlots(bench, listener, 1);
    bench.control(limitRoom(1, 1));
    for (const i of [0, 1, 2, 0, 2, 1]) {
      const speaker = all[i];
      if (speaker === undefined) throw new Error('there is nobody');
      bench.advance(400);
      const sent = talk(bench, all, 40, speaker).get(speaker);
      expect(payloads(listener.heardFrom(slot)).slice(-40)).toEqual(sent);
    }
    expect(findBreaks(listener.heardFrom(slot))).toEqual([]);
    expect(listener.heardFrom(slot)).toHaveLength(listener.heard.length);
  });

  test('do not let the holder hear itself, and go on for it when somebody else comes', () => {
    const all = publishers(bench, 2);
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error('there are too few');
    const slots = all.map(({ peer }) => openSlots(bench, peer, 1)[0] ?? 0);
    bench.control(limitRoom(1, 1));
    const own = new Map<Published, string[]>(all.map((published) => [published, []]));
    for (const speaker of [a, b, a, b]) {
      bench.advance(400);
      const sent = talk(bench, all, 40, speaker);
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
    const all = publishers(bench, 3);
    const [a, b, c] = all;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are too few');
    const [few, many] = [bench.join(), bench.join()];
    const [only = 0] = openSlots(bench, few, 1);
    const others = openSlots(bench, many, 3);
    bench.control(limitRoom(3, 3));
    for (const speaker of all) talk(bench, all, ATTACK, ...all.slice(0, all.indexOf(speaker) + 1));
    expect(seatings().at(-1)?.seats).toEqual([a.id, b.id, c.id]);
    talk(bench, all, HOLD_TIME / PACKET_INTERVAL + 50, c);
    expect(seatings().at(-1)?.seats).toEqual([c.id, null, null]);
    const sent = talk(bench, all, 20, c).get(c);
    expect(payloads(few.heardFrom(only)).slice(-20)).toEqual(sent);
    expect(payloads(many.heard).slice(-20)).toEqual(sent);
    for (const ssrc of others) expect(findBreaks(many.heardFrom(ssrc))).toEqual([]);
    const texts = payloads(many.heard);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('leave nothing behind in memory when the last who had subscribed has gone', () => {
    const used = bench.memory.used;
    const [speaker] = publishers(bench, 1);
    const listener = bench.join();
    if (speaker === undefined) throw new Error('there is nobody');
    bench.control(limitRoom(1, 1));
    const [slot = 0] = openSlots(bench, listener, 1);
    talk(bench, [speaker], 40, speaker);
    expect(listener.heardFrom(slot).length).toBeGreaterThan(20);
    bench.leave(speaker.peer);
    bench.control(limitRoom(null, 0));
    bench.leave(listener);
    bench.advance(100);
    expect(bench.memory.used).toBe(used);
  });

  test('are fed beside subscriptions, whether those are limited or not', () => {
    const all = publishers(bench, 2);
    const [speaker] = all;
    if (speaker === undefined) throw new Error('there is nobody');
    const [modern, compatible] = [bench.join(), bench.join()];
    const ssrcs = all.map((published) => bench.subscribe(compatible, published).ssrc);
    const [slot = 0] = openSlots(bench, modern, 2);
    for (const loudest of [null, 2]) {
      bench.control(limitRoom(loudest, 2));
      bench.advance(400);
      const sent = talk(bench, all, 30, speaker).get(speaker);
      expect(payloads(modern.heardFrom(slot)).slice(-30)).toEqual(sent);
      expect(payloads(compatible.heardFrom(ssrcs[0] ?? 0)).slice(-30)).toEqual(sent);
      expect(compatible.heardFrom(ssrcs[1] ?? 0)).toHaveLength(30);
    }
    for (const ssrc of ssrcs) expect(findBreaks(compatible.heardFrom(ssrc))).toEqual([]);
    expect(findBreaks(modern.heard)).toEqual([]);
  });
});
