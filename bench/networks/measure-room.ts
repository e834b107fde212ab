/** One room over a bad network, measured: some who talk and one who listens, each behind it, in one browser. */
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
    const talkers = await Promise.all(
      Array.from({ length: network.talkers }, (_, index) => join(seed + index)),
    );
    const listener = await join(null);
    await untilHearing(listener, network.talkers);
    await sleep(warmUp);
    link.blackOut();
    await sleep(network.conditions.blackout);
    const before = await Promise.all([listener, ...talkers].map((caller) => caller.reception()));
    await sleep(duration);
    const after = await Promise.all([listener, ...talkers].map((caller) => caller.reception()));
    return figuresOf(before, after);
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

/** @param speech which speech somebody talks with; null for a listener */
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
  const participant = await BrowserParticipant.open({ ...seat, tone: speech ?? 0, microphone: 'speech' });
  cleanup.defer(() => participant.close());
  await participant.join();
  return participant;
}

async function untilHearing(listener: Caller, talkers: number): Promise<void> {
  const deadline = performance.now() + JOIN_TIMEOUT;
  for (;;) {
    const { streams } = await listener.reception();
    if (streams >= talkers) return;
    if (performance.now() > deadline)
      throw new Error(
        `the listener hears ${streams} of ${talkers} ${JOIN_TIMEOUT / MS_PER_SECOND} s after joining`,
      );
    await sleep(LOOK);
  }
}

/** @param before and after: of the listener, then of those who talk */
function figuresOf(before: readonly Reception[], after: readonly Reception[]): RoomFigures {
  const grown = (index: number, name: keyof Reception) =>
    (after[index]?.[name] ?? 0) - (before[index]?.[name] ?? 0);
  const heard = (name: keyof Reception) => grown(0, name);
  const talked = (name: keyof Reception) =>
    after.slice(1).reduce((sum, _, talker) => sum + grown(talker + 1, name), 0);
  const samples = heard('samples');
  const packets = heard('packetsReceived') + heard('packetsLost');
  return {
    concealed: heard('concealedSamples') / samples,
    concealedSilent: heard('silentConcealedSamples') / samples,
    jitterBufferDelay: (MS_PER_SECOND * heard('jitterBufferDelay')) / heard('jitterBufferEmitted'),
    lost: heard('packetsLost') / packets,
    discarded: heard('packetsDiscarded') / packets,
    retransmitted: heard('retransmissionsReceived') / packets,
    redundant: heard('redundancyUsed') / packets,
    resentByPublishers: talked('retransmissionsSent') / talked('packetsSent'),
  };
}
