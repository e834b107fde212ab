import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EngineProcess } from './engine-process.js';
import { KrakenClient } from './kraken-client.js';
import { tonesOf, untilAllHearEachOther, untilHeard } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

const TRACK_NOT_FOUND = 5002003;

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  engine = await startEngine(file);
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

test('a late joiner hears those who are there and is heard by them', async () => {
  const room = new TestRoom(engine.url, each);
  const early = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther(early);
  await untilAllHearEachOther([...early, await room.join({ browser: chromium })]);
});

test('a leaver is seen as mute on its track, and somebody new takes its m-line', async () => {
  const room = new TestRoom(engine.url, each);
  const [staying, leaving] = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther([staying, leaving]);
  await leaving.leave();
  await staying.untilStatus(({ events }) =>
    events.some(({ type, id }) => type === 'mute' && id === leaving.uid),
  );
  await untilHeard(staying, {});
  await untilAllHearEachOther([staying, await room.join({ browser: chromium })]);
});

test('a leaver is no longer listed', async () => {
  const room = new TestRoom(engine.url, each);
  const [staying, leaving] = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  const client = new KrakenClient(engine.url);
  const listed = async () => (await client.call('list', room.id)).peers.map(({ id }) => id).sort();
  expect(await listed()).toEqual([staying.uid, leaving.uid].sort());
  await leaving.leave();
  expect(await listed()).toEqual([staying.uid]);
});

test('a listener who sends nothing hears the others', async () => {
  const room = new TestRoom(engine.url, each);
  const speakers = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  const listener = await room.join({ browser: chromium, tone: 0 });
  await untilHeard(listener, tonesOf(speakers));
  await untilAllHearEachOther(speakers);
});

test('of two with one uid the newcomer is heard, and the displaced one gets 5002003', async () => {
  const room = new TestRoom(engine.url, each);
  const [other, displaced] = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther([other, displaced]);
  const newcomer = await room.join({ browser: chromium, uid: displaced.uid });
  const { error } = await displaced.untilStatus(({ error }) => error !== null);
  expect(error?.code).toBe(TRACK_NOT_FOUND);
  await untilAllHearEachOther([other, newcomer]);
});

test('whoever ignores offers is offered the newest state again, and then hears all', async () => {
  const room = new TestRoom(engine.url, each);
  const ignoring = await room.open({ browser: chromium });
  await ignoring.skipOffers(5);
  await ignoring.join();
  const others = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther([...others, ignoring]);
  const { events } = await ignoring.status();
  expect(events.filter(({ type }) => type === 'skipped')).toHaveLength(5);
});

test('whoever takes offers but never sends the answer is offered the newest state again', async () => {
  const room = new TestRoom(engine.url, each);
  const silent = await room.open({ browser: chromium });
  await silent.keepAnswers(3);
  await silent.join();
  const others = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther([...others, silent]);
  const { events } = await silent.status();
  expect(events.filter(({ type }) => type === 'kept')).toHaveLength(3);
});
