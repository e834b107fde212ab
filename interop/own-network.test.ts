import { afterEach, expect, test } from 'vitest';
import { NetworkNamespace } from './network-namespace.js';
import { untilAllHearEachOther } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

const ENGINE_ADDRESS = '10.77.0.1';
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
  const network = newNetwork();
  network.removeAddress('lo', '127.0.0.1/8');
  const engine = await startEngine(each, { namespace: network, rpcHost: '::1' });
  const chromium = await startChromium(each, network);
  const room = new TestRoom(engine.url, each);
  const guests = [await room.join({ browser: chromium }), await room.join({ browser: chromium })];
  await untilAllHearEachOther(guests);
  expect((await guests[0]?.status())?.remoteAddress).toMatch(/^\[?::1\]?$/);
});

test('somebody whose address changes in mid-call is heard again, and hears again', async () => {
  const [server, mobile] = [newNetwork(), newNetwork()];
  const interfaceName = server.connect(mobile);
  server.addAddress(interfaceName, `${ENGINE_ADDRESS}/24`);
  mobile.addAddress(interfaceName, FIRST_ADDRESS);
  const engine = await startEngine(each, { namespace: server, interfaceName, rpcHost: ENGINE_ADDRESS });
  const room = new TestRoom(engine.url, each);
  const staying = await room.join({ browser: await startChromium(each, server) });
  const moving = await room.join({ browser: await startChromium(each, mobile) });
  await untilAllHearEachOther([staying, moving]);

  mobile.addAddress(interfaceName, SECOND_ADDRESS);
  mobile.removeAddress(interfaceName, FIRST_ADDRESS);
  await moving.untilStatus(({ connectionState }) => connectionState !== 'connected');
  await moving.restart();
  await untilAllHearEachOther([staying, moving]);
});
