/** One room over a bad network, measured: one who talks and one who listens, each behind it, in one browser. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'puppeteer-core';
import { BrowserParticipant, type Reception } from '../../interop/browser-participant.js';
import { newRoom } from '../../interop/participant.js';
import { RedirectedCall } from '../../interop/redirected-call.js';
import { Cleanup } from '../../interop/test-room.js';
import type { BadNetwork } from './conditions.js';
import type { RoomFigures } from './results.js';
import type { Stage } from './stage.js';
import type { Variant } from './variants.js';

/** How long joining may take, ms: handshakes lose their packets as well. */
const JOIN_TIMEOUT = 60_000;
const LOOK = 250;
const MS_PER_SECOND = 1000;

export interface RoomOptions {
  readonly network: BadNetwork;
  readonly variant: Variant;
  /** Of what the network does to packets. */
  readonly seed: number;
  /** How long jitter buffers and estimators get to know the network, ms. */
  readonly warmUp: number;
  /** Of the measurement, ms. */
  readonly duration: number;
}

interface Caller {
  reception(): Promise<Reception>;
}

/** @throws when somebody does not get in, or has to make another connection */
export async function measureRoom(stage: Stage, options: RoomOptions): Promise<RoomFigures> {
  const { network, variant, seed, warmUp, duration } = options;
  const cleanup = new Cleanup();
  try {
    const link = await stage.link(variant.recovery, network.conditions, seed);
    cleanup.defer(() => link.close());
    const { browser } = stage;
    const url = stage.engineUrl(variant.recovery);
    const seat = { browser, url, room: newRoom(), mediaPort: link.mediaPort };
    const join = (speech: number | null) => joinRoom(cleanup, variant, seat, speech);
    const talker = await join(seed);
    const listener = await join(null);
    await untilHearing(listener);
    await sleep(warmUp);
    link.blackOut();
    await sleep(network.conditions.blackout);
    const both = () => Promise.all([talker.reception(), listener.reception()]);
    const [saidBefore, heardBefore] = await both();
    await sleep(duration);
    const [said, heard] = await both();
    return figuresOf(growth(saidBefore, said), growth(heardBefore, heard));
  } finally {
    await cleanup.run();
  }
}

/** Where and how somebody joins. */
interface Seat {
  readonly browser: Browser;
  readonly url: string;
  readonly room: string;
  readonly mediaPort: number;
}

/** @param speech which speech somebody talks with, and plays nothing; null for a listener */
async function joinRoom(
  cleanup: Cleanup,
  { client }: Variant,
  seat: Seat,
  speech: number | null,
): Promise<Caller> {
  if (client === 'sdk') {
    const name = speech === null ? 'the listener' : `talker ${speech}`;
    return RedirectedCall.join(cleanup, { ...seat, name, speech });
  }
  const participant = await BrowserParticipant.open({
    ...seat,
    tone: speech ?? 0,
    microphone: 'speech',
    deaf: speech !== null,
  });
  cleanup.defer(() => participant.close());
  await participant.join();
  return participant;
}

async function untilHearing(listener: Caller): Promise<void> {
  const deadline = performance.now() + JOIN_TIMEOUT;
  while ((await listener.reception()).streams === 0) {
    if (performance.now() > deadline)
      throw new Error(`nothing is heard ${JOIN_TIMEOUT / MS_PER_SECOND} s after joining`);
    await sleep(LOOK);
  }
}

type Growth = (name: keyof Reception) => number;

function growth(before: Reception, after: Reception): Growth {
  return (name) => after[name] - before[name];
}

function figuresOf(said: Growth, heard: Growth): RoomFigures {
  const samples = heard('samples');
  const packets = heard('packetsReceived') + heard('packetsLost');
  return {
    concealed: heard('concealedSamples') / samples,
    concealedSilent: heard('silentConcealedSamples') / samples,
    jitterBufferDelay: (MS_PER_SECOND * heard('jitterBufferDelay')) / heard('jitterBufferEmitted'),
    lost: heard('packetsLost') / packets,
    discarded: heard('packetsDiscarded') / packets,
    asked: heard('nacksSent') / packets,
    redundant: heard('redundancyUsed') / packets,
    resentByPublisher: said('retransmissionsSent') / said('packetsSent'),
  };
}
