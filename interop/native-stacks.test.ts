import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DatachannelParticipant, tonesOf } from './datachannel-participant.js';
import type { EngineProcess } from './engine-process.js';
import { type OpusRecording, recordTones } from './opus-loopback.js';
import { untilAllHearEachOther } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';
import { toneOf } from './tones.js';
import { WrtcParticipant } from './wrtc-participant.js';

const CROWD = 20;
const DECODING_MILLISECONDS = 40_000;
/** One second of every stream of the 20-peer room. */
const PACKETS_EACH = 50;

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let recordings: readonly OpusRecording[];

beforeAll(async () => {
  recordings = await recordTones(Array.from({ length: CROWD }, (_, index) => toneOf(index)));
  engine = await startEngine(file);
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

async function joinByDatachannel(room: TestRoom, index: number, candidates: 'all' | 'tcp' = 'all') {
  const recording = recordings[index];
  if (recording === undefined) throw new Error(`there are only ${CROWD} recordings`);
  const guest = new DatachannelParticipant({ url: room.url, room: room.id, recording, candidates });
  each.defer(() => guest.close());
  await guest.join();
  return guest;
}

async function joinByWrtc(room: TestRoom, tone: number) {
  const guest = new WrtcParticipant({ url: room.url, room: room.id, tone });
  each.defer(() => guest.close());
  await guest.join();
  return guest;
}

test('Google’s WebRTC library in node and Chromium hear each other', async () => {
  const room = new TestRoom(engine.url, each);
  await untilAllHearEachOther([await room.join({ browser: chromium }), await joinByWrtc(room, toneOf(5))]);
});

test('libdatachannel and Chromium hear each other', async () => {
  const room = new TestRoom(engine.url, each);
  await untilAllHearEachOther([await room.join({ browser: chromium }), await joinByDatachannel(room, 5)]);
});

test('three different stacks in one room hear each other', async () => {
  const room = new TestRoom(engine.url, each);
  await untilAllHearEachOther([
    await room.join({ browser: chromium }),
    await joinByWrtc(room, toneOf(5)),
    await joinByDatachannel(room, 6),
  ]);
});

test('libdatachannel over ICE-TCP and Chromium over UDP hear each other', async () => {
  const room = new TestRoom(engine.url, each);
  const tcp = await joinByDatachannel(room, 5, 'tcp');
  await untilAllHearEachOther([await room.join({ browser: chromium }), tcp]);
});

test('in a room of twenty each one gets the packets of the nineteen others, bit for bit', async () => {
  const room = new TestRoom(engine.url, each);
  const guests = await Promise.all(recordings.map((_, index) => joinByDatachannel(room, index)));
  await expect
    .poll(() => guests.map((guest) => streamsOf(guest)), { timeout: 30_000, interval: 250 })
    .toEqual(guests.map(() => CROWD - 1));
  for (const guest of guests) expectExactPackets(guest, guests);
  const received = guests[0]?.received() ?? new Map();
  // Twenty peers keep the few threads of libdatachannel busy, which the decoder's own connection needs.
  await Promise.all(guests.map((guest) => guest.close()));
  const tones = Object.fromEntries(guests.slice(1).map(({ uid, tone }) => [uid, [tone]]));
  // The same packets are decoded until nothing else that the machine does disturbs it: wrong ones would stay wrong.
  await expect.poll(() => tonesOf(received), { timeout: DECODING_MILLISECONDS }).toEqual(tones);
});

/** How many streams have brought enough packets to be judged. */
function streamsOf(guest: DatachannelParticipant): number {
  return [...guest.received().values()].filter(({ length }) => length >= PACKETS_EACH).length;
}

function expectExactPackets(
  listener: DatachannelParticipant,
  guests: readonly DatachannelParticipant[],
): void {
  for (const [uid, payloads] of listener.received()) {
    const publisher = guests.findIndex((guest) => guest.uid === uid);
    const sent = new Set(recordings[publisher]?.payloads.map((payload) => payload.toString('hex')));
    const strange = payloads.filter((payload) => !sent.has(payload.toString('hex')));
    expect(strange, `what ${listener.uid} got as ${uid}`).toEqual([]);
  }
}
