import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClusterEngine, ClusterProcesses } from '../packages/monitor/test/cluster-processes.js';
import { PageServer } from './page-server.js';
import { newRoom } from './participant.js';
import { SdkParticipant } from './sdk-participant.js';
import { Cleanup, startChromium } from './test-room.js';
import { toneOf } from './tones.js';

const DRAINING_SOON = 'drain-limit = 2\n';
const BACK_MILLISECONDS = 40_000;

const file = new Cleanup();
const room = newRoom();
let cluster: ClusterProcesses;
let ann: SdkParticipant;
let bob: SdkParticipant;

beforeAll(async () => {
  cluster = await ClusterProcesses.start(2, DRAINING_SOON);
  file.defer(() => cluster.stop());
  const browser = await startChromium(file);
  const application = await PageServer.start();
  file.defer(() => application.stop());
  const { url } = cluster.client;
  const enter = async (name: string, tone: number): Promise<SdkParticipant> => {
    const sdk = new URL('/kraken-client.js', url).href;
    const participant = await SdkParticipant.open(file, { browser, page: application.url, sdk, tone });
    await participant.join({ url, room, name });
    return participant;
  };
  [ann, bob] = [await enter('Ann', toneOf(1)), await enter('Bob', toneOf(2))];
});
afterAll(() => file.run());

async function untilTogether(): Promise<void> {
  await Promise.all([
    ann.untilHearing([toneOf(2)], BACK_MILLISECONDS),
    bob.untilHearing([toneOf(1)], BACK_MILLISECONDS),
  ]);
  for (const participant of [ann, bob]) {
    await participant.untilState('connected');
    await participant.untilSignalling('websocket');
  }
}

async function holder(): Promise<ClusterEngine> {
  const [only, ...more] = await cluster.holdersOf(room);
  if (only === undefined || more.length > 0) throw new Error(`the room is on ${more.length + 1} engines`);
  return only;
}

/** How long they reconnect may be too short to be seen from here. */
async function untilElsewhere({ url }: ClusterEngine): Promise<void> {
  const holders = async () => (await cluster.holdersOf(room)).filter((engine) => engine.url !== url).length;
  await expect.poll(holders, { timeout: BACK_MILLISECONDS }).toBe(1);
}

test('those who joined through a monitor meet on another engine when theirs is killed', async () => {
  await untilTogether();
  const dead = await holder();
  await dead.process.stop('SIGKILL');
  await untilElsewhere(dead);
  await untilTogether();
  await cluster.replace(dead, DRAINING_SOON);
  await cluster.untilReady(2);
});

test('they are told that their engine drains, and move to another one', async () => {
  const drained = await holder();
  drained.process.process.kill('SIGTERM');
  expect((await drained.process.ended).exitCode).toBe(0);
  await untilElsewhere(drained);
  await untilTogether();
  const types = (await ann.events()).map(({ type }) => type);
  expect(types).toContain('draining');
  expect(types).not.toContain('left');
});
