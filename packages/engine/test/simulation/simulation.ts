/** Runs a whole engine under a virtual clock, disturbs it by chance, and holds it to its promises. */
import { compileKernel } from '../../src/media/srtp/index.js';
import { kernelBytes } from '../../src/media/srtp/testing/kernel-fixture.js';
import type { Density } from './density.js';
import { calm, disturb, join, part } from './disturbances.js';
import { BrokenPromise } from './expectations.js';
import { SeededRandom } from './random.js';
import { seedCrypto } from './seeded-crypto.js';
import { World } from './world.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** Until nothing is left of those who have vanished. */
const AFTERMATH = 150 * SECOND;

export interface SimulationOptions {
  readonly seed: number;
  /** Virtual ones. */
  readonly hours: number;
  readonly workers: number;
  /** How much happens in which time. */
  readonly density: Density;
}

export interface SimulationResult {
  /** What was broken and when, with the seed, then the last events; null when all promises were kept. */
  readonly failure: string | null;
  /** The end of virtual time, in seconds. */
  readonly seconds: number;
  /** The same seed gives the same one. */
  readonly digest: string;
  readonly participantHours: number;
  readonly sessions: number;
  readonly packetsHeard: number;
  /** How often somebody was seen to have heard somebody who was to be heard. */
  readonly hearingsSeen: number;
  /** What has happened at one time each: to participants, datagrams, timers. */
  readonly events: number;
  /** What has happened how often, by name. */
  readonly counts: readonly (readonly [what: string, count: number])[];
}

export async function simulate({
  seed,
  hours,
  workers,
  density,
}: SimulationOptions): Promise<SimulationResult> {
  const kernel = compileKernel(await kernelBytes());
  const random = new SeededRandom(seed);
  const unseed = seedCrypto(new SeededRandom(seed ^ 0x5eed));
  const world = new World({ random, kernel, workers, density });
  const presence = { milliseconds: 0 };
  let failure: string | null = null;
  try {
    const end = world.timeline.now + hours * HOUR;
    while (world.timeline.now < end) {
      gather(world);
      for (let calms = 0; calms < density.calmsBeforeAllLeave; calms++) {
        beDisturbed(world, presence);
        beCalm(world, presence);
        if (world.timeline.now >= end) break;
      }
      disperse(world);
    }
  } catch (error) {
    const at = (world.timeline.now / SECOND).toFixed(4);
    const last = world.trace.last().join('\n');
    failure = `seed ${seed} fails at ${at} s: ${error instanceof Error ? error.message : error}\n${last}`;
    // Where it is not one of its promises, the engine itself has failed, and where matters.
    if (error instanceof Error && !(error instanceof BrokenPromise)) failure += `\n${error.stack}`;
  } finally {
    unseed();
  }
  return {
    failure,
    seconds: world.timeline.now / SECOND,
    digest: world.trace.summary(),
    participantHours: presence.milliseconds / HOUR,
    sessions: world.control.info().closed_peers,
    packetsHeard: world.packetsHeard,
    hearingsSeen: world.hearingsSeen,
    events: world.timeline.events,
    counts: world.counts.entries(),
  };
}

function gather(world: World): void {
  for (let i = 0; i < world.density.firstParticipants; i++) join(world);
}

/** @param presence summed up over those who are there */
function beDisturbed(world: World, presence: { milliseconds: number }): void {
  const { timeline, random, density, network } = world;
  network.isCalm = false;
  for (const end = timeline.now + density.disturbed; timeline.now < end; ) {
    const pause = random.between(0, 2 * density.disturbanceInterval);
    presence.milliseconds += pause * world.control.info().active_peers;
    timeline.run(timeline.now + pause);
    disturb(world);
  }
}

function beCalm(world: World, presence: { milliseconds: number }): void {
  const { timeline, density } = world;
  calm(world);
  timeline.run(timeline.now + density.calm);
  world.sweep();
  presence.milliseconds += density.calm * world.control.info().active_peers;
  world.checkEverybodyHears(timeline.now - density.heardWithin);
}

function disperse(world: World): void {
  const { timeline, random } = world;
  for (const participant of world.participants) {
    timeline.run(timeline.now + random.between(0, SECOND));
    part(world, participant);
  }
  timeline.run(timeline.now + AFTERMATH);
  world.sweep();
  world.note('everybody has left');
  world.checkNothingIsLeft();
}
