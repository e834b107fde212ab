/** Who may speak, in Chromium: given, taken away, and what then goes over the network. */
import { CLOCK_TOLERANCE } from '@kraken/edge/auth/token-verifier';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessClaims, accessToken } from './access-token.js';
import type { EngineProcess } from './engine-process.js';
import { KrakenClient } from './kraken-client.js';
import { PageServer } from './page-server.js';
import { newRoom, newUid } from './participant.js';
import { SdkParticipant } from './sdk-participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';
import { toneOf } from './tones.js';
import { Visitor } from './visitor.js';

const SECRET = 'a secret of the interop tests, long enough';
const CHANGE = { timeout: 20_000, interval: 100 };
/** Packets of a second. */
const MANY_PACKETS = 50;
/** Of a token, s. */
const LIFETIME = 1;
/** Milliseconds behind which it counts no longer, whatever the clocks. */
const OUTLASTED = (LIFETIME + CLOCK_TOLERANCE + 1) * 1000;

const file = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let application: PageServer;

beforeAll(async () => {
  engine = await startEngine(file, { authSecret: SECRET });
  chromium = await startChromium(file);
  application = await PageServer.start();
  file.defer(() => application.stop());
});
afterAll(() => file.run());

function administratorOf(room: string): KrakenClient {
  return new KrakenClient(engine.url, accessToken(SECRET, { room, administer: true }));
}

/** Somebody in an application on the SDK, with a microphone that hears this tone. */
async function joined(
  room: string,
  uid: string,
  tone: number,
  rights: AccessClaims = {},
): Promise<SdkParticipant> {
  const sdk = `${engine.url}kraken-client.js`;
  const participant = await SdkParticipant.open(file, {
    browser: chromium,
    page: application.url,
    sdk,
    tone,
  });
  const token = accessToken(SECRET, { room, uid, ...rights });
  await participant.join({ url: engine.url, room, name: '', token });
  return participant;
}

function permissionsOf({ page }: SdkParticipant): Promise<object> {
  return page.evaluate(() => window.call.me.permissions);
}

async function dropsOf(reason: string): Promise<number> {
  const text = await (await fetch(`${engine.url}metrics`)).text();
  const found = [
    ...text.matchAll(
      new RegExp(`^kraken_dropped_packets_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)`, 'gm'),
    ),
  ];
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

test('a listener is granted speech by an administrator and is heard, and falls silent when it is taken back', async () => {
  const room = newRoom();
  const ann = await joined(room, 'ann', toneOf(1));
  const bob = await joined(room, 'bob', toneOf(2), { publish: false });
  await bob.untilHearing([toneOf(1)]);
  await expect.poll(() => permissionsOf(bob), CHANGE).toEqual({ publish: false, subscribe: true });
  await ann.untilSeeing([{ name: 'bob', publishing: false }]);
  expect(await ann.hear()).toEqual([]);

  const administrator = administratorOf(room);
  await administrator.call('permit', room, 'bob', { publish: true });
  await ann.untilHearing([toneOf(2)]);
  await ann.untilSeeing([{ name: 'bob', publishing: true }]);
  expect(await permissionsOf(bob)).toEqual({ publish: true, subscribe: true });

  await administrator.call('permit', room, 'bob', { publish: false });
  await ann.untilHearing([]);
  await ann.untilSeeing([{ name: 'bob', publishing: false }]);
  await bob.untilHearing([toneOf(1)]);
  await administrator.call('permit', room, 'bob', { publish: true });
  await ann.untilHearing([toneOf(2)]);
  expect([...ann.complaints, ...bob.complaints]).toEqual([]);
});

test('of who is muted by an administrator no packet goes out, though they go on sending', async () => {
  const room = new TestRoom(engine.url, file);
  const joinAs = (uid: string) =>
    room.join({ browser: chromium, uid, token: accessToken(SECRET, { room: room.id, uid }) });
  const [speakerId, listenerId] = [newUid(), newUid()];
  const speaker = await joinAs(speakerId);
  const listener = await joinAs(listenerId);
  await expect.poll(() => listener.hear(), CHANGE).toEqual({ [speakerId]: [speaker.tone] });

  const droppedBefore = await dropsOf('rtp-not-permitted');
  const dropped = async () => (await dropsOf('rtp-not-permitted')) - droppedBefore;
  await administratorOf(room.id).call('permit', room.id, speakerId, { publish: false });
  // By then everything that was on its way has come.
  await expect.poll(dropped, CHANGE).toBeGreaterThan(MANY_PACKETS);
  const received = (await listener.reception()).packetsReceived;
  await expect.poll(dropped, CHANGE).toBeGreaterThan(3 * MANY_PACKETS);
  expect((await listener.reception()).packetsReceived).toBe(received);
  await administratorOf(room.id).call('permit', room.id, speakerId, { publish: true });
  await expect.poll(() => listener.hear(), CHANGE).toEqual({ [speakerId]: [speaker.tone] });
});

test('a call outlasts its token: the application is asked for a fresh one, and nobody hears of it', async () => {
  const room = newRoom();
  const ann = await joined(room, 'ann', toneOf(1));
  const sdk = `${engine.url}kraken-client.js`;
  const bob = await SdkParticipant.open(file, {
    browser: chromium,
    page: application.url,
    sdk,
    tone: toneOf(2),
  });
  let asked = 0;
  await bob.page.exposeFunction('freshToken', () => {
    asked += 1;
    return accessToken(SECRET, { room, uid: 'bob' }, LIFETIME);
  });
  await bob.page.evaluate(
    async (options) => {
      const token = (): Promise<string> => Reflect.get(window, 'freshToken')();
      window.call = await window.kraken.join({ ...options, token });
    },
    { url: engine.url, room, name: '' },
  );
  await ann.untilHearing([toneOf(2)]);
  for (const muted of [true, false]) {
    await new Promise((resolve) => setTimeout(resolve, OUTLASTED / 2));
    await bob.page.evaluate((mutes) => (mutes ? window.call.mute() : window.call.unmute()), muted);
    await ann.untilSeeing([{ name: 'bob', muted }]);
  }
  expect(asked).toBeGreaterThan(1);
  expect(await bob.state()).toBe('connected');
});

test('who has no token, or one for another room, is told so', async () => {
  const room = newRoom();
  const sdk = `${engine.url}kraken-client.js`;
  const eve = await SdkParticipant.open(file, {
    browser: chromium,
    page: application.url,
    sdk,
    tone: toneOf(1),
  });
  expect(await eve.joinInVain({ url: engine.url, room, name: 'Eve' })).toBe('token');
  const token = accessToken(SECRET, { room: newRoom(), uid: 'eve' });
  expect(await eve.joinInVain({ url: engine.url, room, name: 'Eve', token })).toBe('token');
});

test('the page takes its token from behind the number sign out of the address, and says who may only listen', async () => {
  const room = newRoom();
  const ann = await joined(room, 'ann', toneOf(1));
  const options = { browser: chromium, url: engine.url, room: newRoom(), name: 'Bob', tone: toneOf(2) };
  const bob = await Visitor.open(file, options);
  const token = accessToken(SECRET, { room, uid: 'bob', name: 'Bob of the Reef', publish: false });
  await bob.page.goto(`${engine.url}#token=${token}`);
  await bob.page.waitForSelector('#prejoin:not([hidden])');
  expect(await bob.page.evaluate(() => location.href)).toBe(engine.url);
  // The token tells which room it is and who comes: nothing that one would write counts.
  const fields = '#room, #name';
  expect(await bob.page.$$eval(fields, (all) => all.map((input) => input.matches(':read-only')))).toEqual([
    true,
    true,
  ]);
  await bob.join();
  await bob.untilHearing([toneOf(1)]);
  expect(await bob.page.$$eval('.tile-name', (all) => all.map((one) => one.textContent))).toContain(
    'Bob of the Reef',
  );
  // A link without a token, which is each one's own, would let nobody in.
  expect(
    await bob.page.$$eval('#invite, #invite-first', (all) =>
      all.map((button) => button.hasAttribute('hidden')),
    ),
  ).toEqual([true, true]);
  const banner = '#banner[data-topic="permissions"]:not([hidden])';
  await bob.page.waitForSelector(banner);
  await administratorOf(room).call('permit', room, 'bob', { publish: true });
  await ann.untilHearing([toneOf(2)]);
  expect(await ann.see()).toMatchObject([{ name: 'Bob of the Reef' }]);
  await bob.page.waitForFunction((selector) => document.querySelector(selector) === null, {}, banner);
  expect(bob.complaints).toEqual([]);
});
