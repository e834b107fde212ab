import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { EngineProcess } from './engine-process.js';
import { untilAllHearEachOther } from './participant.js';
import { Cleanup, startChromium, startEngine, startFirefox, TestRoom } from './test-room.js';
import { toneOf } from './tones.js';

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let firefox: Browser;

beforeAll(async () => {
  engine = await startEngine(file);
  chromium = await startChromium(file);
  firefox = await startFirefox(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

test('two pages of Chromium hear each other', async () => {
  const room = new TestRoom(engine.url, each);
  await untilAllHearEachOther([
    await room.join({ browser: chromium }),
    await room.join({ browser: chromium }),
  ]);
});

test('of four pages of Chromium each hears the three others', async () => {
  const room = new TestRoom(engine.url, each);
  const guests = await Promise.all([0, 1, 2, 3].map(() => room.join({ browser: chromium })));
  await untilAllHearEachOther(guests);
});

test('Chromium and Firefox hear each other', async () => {
  const room = new TestRoom(engine.url, each);
  await untilAllHearEachOther([await room.join({ browser: chromium }), await room.joinFromFirefox(firefox)]);
});

test('people in different rooms do not hear each other', async () => {
  const rooms = [new TestRoom(engine.url, each), new TestRoom(engine.url, each)];
  const pairs = await Promise.all(
    rooms.map(async (room, index) => {
      const here = await room.join({ browser: chromium });
      return [here, await room.join({ browser: chromium, tone: toneOf(9 + index) })];
    }),
  );
  await Promise.all(pairs.map((pair) => untilAllHearEachOther(pair)));
});

test('the engine ends in order within five seconds while people talk', async () => {
  const own = await EngineProcess.start();
  const room = new TestRoom(own.url, each);
  await untilAllHearEachOther([
    await room.join({ browser: chromium }),
    await room.join({ browser: chromium }),
  ]);
  const { code, milliseconds } = await own.stop();
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(5_000);
});
