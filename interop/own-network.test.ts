import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { EngineProcess } from './engine-process.js';
import { NetworkNamespace } from './network-namespace.js';
import { untilAllHearEachOther } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

const ENGINE_IPV6 = 'fd77::1';
const ENGINE_IPV4 = '10.77.0.1';
const FIRST_ADDRESS = '10.77.0.2/24';
const SECOND_ADDRESS = '10.77.0.3/24';
/** Shorter than the 30 s for which consent holds, in milliseconds. */
const OUTAGE = 2_000;

const each = new Cleanup();
afterEach(() => each.run());

function newNetwork(): NetworkNamespace {
  const network = new NetworkNamespace();
  each.defer(() => network[Symbol.dispose]());
  return network;
}

test('where there is only IPv6, two pages of Chromium hear each other', async () => {
  const [server, homes] = [newNetwork(), newNetwork()];
  const interfaceName = server.connect(homes);
  server.addAddress(interfaceName, `${ENGINE_IPV6}/64`);
  homes.addAddress(interfaceName, 'fd77::2/64');
  homes.addDefaultRoute(ENGINE_IPV6);
  const engine = await startEngine(each, { namespace: server, interfaceName, rpcHost: ENGINE_IPV6 });
  const chromium = await startChromium(each, homes);
  const room = new TestRoom(engine.url, each);
  const guests = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther(guests);
  // The pair that is nominated may be known later than the first sound.
  for (const guest of guests) await guest.untilStatus(({ remoteAddress }) => remoteAddress === ENGINE_IPV6);
});

test('somebody whose address changes in mid-call hears on and is heard, and may restart ICE as well', async () => {
  const [server, mobile] = [newNetwork(), newNetwork()];
  const interfaceName = server.connect(mobile);
  server.addAddress(interfaceName, `${ENGINE_IPV4}/24`);
  mobile.addAddress(interfaceName, FIRST_ADDRESS);
  const engine = await startEngine(each, { namespace: server, interfaceName, rpcHost: ENGINE_IPV4 });
  const room = new TestRoom(engine.url, each);
  const staying = await room.join({ browser: await startChromium(each, server) });
  const moving = await room.join({ browser: await startChromium(each, mobile) });
  await untilAllHearEachOther([staying, moving]);

  mobile.removeAddress(interfaceName, FIRST_ADDRESS);
  mobile.addAddress(interfaceName, SECOND_ADDRESS);
  await untilAllHearEachOther([staying, moving]);
  await moving.restart();
  await untilAllHearEachOther([staying, moving]);
});

test('an interface that goes away and comes back costs the seconds that it was gone, and nobody rejoins', async () => {
  const [server, homes] = [newNetwork(), newNetwork()];
  const interfaceName = server.connect(homes);
  server.addAddress(interfaceName, `${ENGINE_IPV4}/24`);
  homes.addAddress(interfaceName, FIRST_ADDRESS);
  homes.addDefaultRoute(ENGINE_IPV4);
  const engine = await startEngine(each, { namespace: server, interfaceName, rpcHost: ENGINE_IPV4 });
  const chromium = await startChromium(each, homes);
  const room = new TestRoom(engine.url, each);
  const guests = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther(guests);
  const transports = transportsOf(engine);

  // First without a route to anybody, then without an address to send from.
  server.setLink(interfaceName, false);
  await sleep(OUTAGE);
  server.removeAddress(interfaceName, `${ENGINE_IPV4}/24`);
  await sleep(OUTAGE);
  server.setLink(interfaceName, true);
  server.addAddress(interfaceName, `${ENGINE_IPV4}/24`);
  await untilAllHearEachOther(guests);
  expect(transportsOf(engine)).toEqual(transports);
  expect(engine.log).not.toContain('media worker died');
});

/** How often somebody's media has connected and gone, as the engine has logged. */
function transportsOf({ log }: EngineProcess): number[] {
  return ['transport connected', 'peer left'].map((message) => log.split(message).length - 1);
}
