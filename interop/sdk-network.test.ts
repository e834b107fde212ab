import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { NetworkNamespace } from './network-namespace.js';
import { newRoom } from './participant.js';
import { SdkParticipant } from './sdk-participant.js';
import { Cleanup, startChromium, startEngine } from './test-room.js';
import { toneOf } from './tones.js';

const ENGINE = '10.78.0.1';
const FIRST_ADDRESS = '10.78.0.2/24';
const SECOND_ADDRESS = '10.78.0.3/24';
/** As long as in a tunnel or a lift. */
const OFFLINE_MILLISECONDS = 20_000;

const each = new Cleanup();
afterEach(() => each.run());

function newNetwork(): NetworkNamespace {
  const network = new NetworkNamespace();
  each.defer(() => network[Symbol.dispose]());
  return network;
}

interface Pair {
  readonly staying: SdkParticipant;
  readonly mobile: SdkParticipant;
  readonly network: NetworkNamespace;
  readonly interfaceName: string;
}

/** Two who hear each other, one of them over a network that can be taken away. */
async function startPair(): Promise<Pair> {
  const [server, network] = [newNetwork(), newNetwork()];
  const interfaceName = server.connect(network);
  server.addAddress(interfaceName, `${ENGINE}/24`);
  network.addAddress(interfaceName, FIRST_ADDRESS);
  network.addDefaultRoute(ENGINE);
  const { url } = await startEngine(each, { namespace: server, interfaceName, rpcHost: ENGINE });
  const room = newRoom();
  const join = async (where: NetworkNamespace, tone: number, name: string): Promise<SdkParticipant> => {
    const browser = await startChromium(each, where);
    const sdk = `${url}kraken-client.js`;
    const participant = await SdkParticipant.open(each, { browser, page: `${url}healthz`, sdk });
    await participant.join({ url, room, name }, tone);
    return participant;
  };
  const [staying, mobile] = await Promise.all([
    join(server, toneOf(1), 'Staying'),
    join(network, toneOf(2), 'Mobile'),
  ]);
  await Promise.all([staying.untilHearing([toneOf(2)]), mobile.untilHearing([toneOf(1)])]);
  return { staying, mobile, network, interfaceName };
}

test('after 20 s without any network the call goes on where it was', async () => {
  const { staying, mobile, network, interfaceName } = await startPair();
  network.setLink(interfaceName, false);
  const back = sleep(OFFLINE_MILLISECONDS);
  await mobile.untilState('reconnecting');
  await back;
  expect(await mobile.state()).toBe('reconnecting');
  network.setLink(interfaceName, true);
  network.addDefaultRoute(ENGINE);
  await Promise.all([staying.untilHearing([toneOf(2)]), mobile.untilHearing([toneOf(1)])]);
  await mobile.untilState('connected');
  await mobile.untilSignalling('websocket');
  expect((await staying.events()).map(({ type }) => type)).not.toContain('left');
});

test('a call goes on from another address', async () => {
  const { staying, mobile, network, interfaceName } = await startPair();
  network.removeAddress(interfaceName, FIRST_ADDRESS);
  network.addAddress(interfaceName, SECOND_ADDRESS);
  network.addDefaultRoute(ENGINE);
  await Promise.all([staying.untilHearing([toneOf(2)]), mobile.untilHearing([toneOf(1)])]);
  await mobile.untilSignalling('websocket');
  await mobile.untilState('connected');
  expect((await staying.events()).map(({ type }) => type)).not.toContain('left');
});
