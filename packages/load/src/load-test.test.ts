import { afterEach, expect, test } from 'vitest';
import { KrakenSignalling } from './kraken-signalling.js';
import { LoadTest } from './load-test.js';
import { StandInEngine } from './stand-in-engine.fixture.js';

const UNTIL_THE_END = new AbortController().signal;
let engine: StandInEngine | undefined;
let load: LoadTest | undefined;

afterEach(async () => {
  await load?.leave();
  engine?.close();
});

async function prepare(allowsMediaTo?: (address: string) => boolean): Promise<LoadTest> {
  engine = await StandInEngine.start();
  load = await LoadTest.create({
    signalling: new KrakenSignalling(engine.url, allowsMediaTo),
    rooms: [{ publishers: 2, listeners: 1 }],
    prefix: 'test',
    joinsPerSecond: 100,
  });
  return load;
}

test('participants join, hear each other without loss, and leave', async () => {
  const test = await prepare();
  await test.join(UNTIL_THE_END);
  expect(test.figures()).toMatchObject({ participants: 3, joined: 3, losses: null, faultCount: 0 });
  const measuring = test.measure(1, UNTIL_THE_END);
  await expect.poll(() => test.figures().losses?.arrived, { timeout: 5_000 }).toBeGreaterThan(10);
  expect(test.figures().losses?.worstLoss).toBe(0);
  await measuring;
  const { losses, latency, packetsReceived } = test.figures();
  // Two speakers of fifty packets a second, of whom two and two others hear.
  expect(losses?.expected).toBeGreaterThan(150);
  expect(losses?.arrived).toBe(losses?.expected);
  expect(packetsReceived).toBeGreaterThanOrEqual(losses?.arrived ?? 0);
  expect(latency.samples).toBeGreaterThan(10);
});

test('lost packets are seen while the measurement runs and behind it', async () => {
  const test = await prepare();
  await test.join(UNTIL_THE_END);
  if (engine !== undefined) engine.mischief = 'lose-every-fourth';
  const measuring = test.measure(1, UNTIL_THE_END);
  await expect.poll(() => test.figures().losses?.worstLoss, { timeout: 5_000 }).toBeGreaterThan(0.1);
  await measuring;
  const { expected = 0, arrived = 0 } = test.figures().losses ?? {};
  expect(arrived / expected).toBeCloseTo(0.75, 1);
});

test('who cannot join is counted by what went wrong', async () => {
  const test = await prepare((address) => address !== '127.0.0.1');
  await test.join(UNTIL_THE_END);
  expect(test.figures()).toMatchObject({ joined: 0, faultCount: 3 });
  expect([...test.figures().faults]).toEqual([['media must not go to 127.0.0.1', 3]]);
});

test('a test that is broken off lets nobody else join', async () => {
  const test = await prepare();
  await test.join(AbortSignal.abort());
  expect(test.figures()).toMatchObject({ joined: 0, faultCount: 0 });
});
