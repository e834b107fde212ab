import { afterEach, test } from 'vitest';
import { NetworkNamespace } from './network-namespace.js';
import { untilAllHearEachOther } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

const ENGINE_IPV6 = 'fd77::1';
const ENGINE_IPV4 = '10.77.0.1';
const FIRST_ADDRESS = '10.77.0.2/24';
const SECOND_ADDRESS = '10.77.0.3/24';

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
