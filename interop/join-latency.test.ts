import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineProcess } from './engine-process.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';
import { WrtcParticipant } from './wrtc-participant.js';

const JOINS = 5;
const POLL_MILLISECONDS = 50;
/** A shared machine may be slow; what matters is printed. */
const MEDIAN_MAX_MILLISECONDS = 4_000;

const file = new Cleanup();
let engine: EngineProcess;

beforeAll(async () => {
  engine = await startEngine(file);
});
afterAll(() => file.run());

function report(who: string, latencies: readonly number[]): void {
  const sorted = [...latencies].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
  process.stdout.write(
    `publish to first decoded sound, ${who}: median ${median} ms of ${sorted.join(', ')}\n`,
  );
  expect(median).toBeLessThan(MEDIAN_MAX_MILLISECONDS);
}

test('a newcomer in Chromium is soon heard in Chromium', async () => {
  const room = new TestRoom(engine.url, file);
  const chromium = await startChromium(file);
  const listener = await room.join({ browser: chromium, pollMilliseconds: POLL_MILLISECONDS });
  const latencies: number[] = [];
  for (let join = 0; join < JOINS; join += 1) {
    const newcomer = await room.open({ browser: chromium });
    const heardAt = listener.firstSound(newcomer.uid);
    await newcomer.join();
    latencies.push((await heardAt) - newcomer.publishedAt);
    await newcomer.leave();
    await newcomer.close();
  }
  report('Chromium to Chromium', latencies);
});

test('a newcomer on Google’s library in node is soon heard there', async () => {
  const room = new TestRoom(engine.url, file);
  const newParticipant = () => {
    const tone = room.nextTone();
    return new WrtcParticipant({ url: engine.url, room: room.id, tone, pollMilliseconds: POLL_MILLISECONDS });
  };
  const listener = newParticipant();
  file.defer(() => listener.close());
  await listener.join();
  const latencies: number[] = [];
  for (let join = 0; join < JOINS; join += 1) {
    const newcomer = newParticipant();
    const heardAt = listener.firstSound(newcomer.uid);
    await newcomer.join();
    latencies.push((await heardAt) - newcomer.publishedAt);
    await newcomer.leave();
  }
  report('libwebrtc to libwebrtc', latencies);
});
