import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Coturn } from './coturn.js';
import type { EngineProcess } from './engine-process.js';
import { tonesOf, untilAllHearEachOther, untilHeard } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

const file = new Cleanup();
const each = new Cleanup();
let coturn: Coturn;
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  coturn = await Coturn.start();
  file.defer(() => coturn.stop());
  engine = await startEngine(file, { turn: { host: coturn.host, secret: coturn.secret } });
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

test('a Chromium that may use relays only is heard and hears, through coturn', async () => {
  const room = new TestRoom(engine.url, each);
  const direct = await room.join({ browser: chromium });
  const relayed = await room.join({ browser: chromium, policy: 'relay' });
  await untilAllHearEachOther([direct, relayed]);
  // Sound flows from the first valid check on, which may be before Chromium has nominated a pair to report.
  await relayed.untilStatus(({ localType }) => localType === 'relay');
});

test('a Chromium that gets no UDP through is heard and hears, over ICE-TCP', async () => {
  const room = new TestRoom(engine.url, each);
  const udp = await room.join({ browser: chromium });
  const tcp = await room.join({ browser: chromium, candidates: 'tcp' });
  await untilAllHearEachOther([udp, tcp]);
  await tcp.untilStatus(({ localProtocol }) => localProtocol === 'tcp');
  await udp.untilStatus(({ localProtocol }) => localProtocol === 'udp');
});

test('after an ICE restart both directions go on', async () => {
  const room = new TestRoom(engine.url, each);
  const restarting = await room.join({ browser: chromium });
  const other = await room.join({ browser: chromium });
  await untilAllHearEachOther([restarting, other]);
  const before = await restarting.status();
  await restarting.restart();
  await untilAllHearEachOther([restarting, other]);
  const after = await restarting.untilStatus(({ connectionState }) => connectionState === 'connected');
  expect(after.localUfrag).not.toBe(before.localUfrag);
  expect(after.cid).toBe(before.cid);
});

test('somebody who restarted ICE hears a late joiner', async () => {
  const room = new TestRoom(engine.url, each);
  const restarting = await room.join({ browser: chromium });
  await restarting.untilStatus(({ connectionState }) => connectionState === 'connected');
  await restarting.restart();
  const late = await room.join({ browser: chromium });
  await untilHeard(restarting, tonesOf([late]));
  await untilHeard(late, tonesOf([restarting]));
});
