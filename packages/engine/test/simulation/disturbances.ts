import type { Permissions } from '@kraken/protocol';
import { badPath, GOOD_PATH } from './network.js';
import type { Participant } from './participant.js';
import type { World } from './world.js';

const ROOMS = ['red', 'green', 'blue'];
const UIDS_PER_ROOM = 7;
/** Share of the participants who speak; the others only listen. */
const SPEAKERS = 0.8;
/** Share of the participants who hear others on fixed slots. */
const WITH_FIXED_SLOTS = 0.15;
const MOST_SLOTS = 3;
/** Share of the participants whom nothing is denied any longer in a calm, nor their rooms. */
const FORGIVEN = 0.8;
/** ms: shorter than, about as long as, and longer than the engine waits for a participant. */
const LONGEST_CUT = 90_000;
const LONGEST_SLOWNESS = 20_000;
/** A worker that has died twice in so many ms is not to be had for a while: one at a time. */
const CRASH_INTERVAL = 15_000;

type Disturbance = (world: World) => void;

/** Does something to somebody, by chance. */
export function disturb(world: World): void {
  const total = DISTURBANCES.reduce((sum, [weight]) => sum + weight, 0);
  let chosen = world.random.below(total);
  for (const [weight, disturbance] of DISTURBANCES) {
    chosen -= weight;
    if (chosen >= 0) continue;
    world.sweep();
    disturbance(world);
    return;
  }
}

/** Somebody joins, or joins a second time, so that the first connection is displaced. */
export function join(world: World): void {
  const { random } = world;
  const rid = random.pick(ROOMS) ?? '';
  const slots = random.chance(WITH_FIXED_SLOTS) ? 1 + random.below(MOST_SLOTS) : 0;
  world.join(rid, `u${random.below(UIDS_PER_ROOM)}`, random.chance(SPEAKERS), slots);
}

/** Ends what lasts, and most of what was decided. */
export function calm(world: World): void {
  for (const participant of world.participants) {
    participant.quality = GOOD_PATH;
    participant.isCutOff = false;
    if (!world.random.chance(FORGIVEN)) continue;
    silence(world, participant, false);
    permit(world, participant, { publish: true, subscribe: true });
    limit(world, participant, 0);
  }
  for (const worker of world.workers) worker.isSlow = false;
  world.note('all is calm');
}

/** By chance: says so, ends the media, or says nothing. */
export function part(world: World, participant: Participant): void {
  const way = world.random.below(3);
  if (way === 0) participant.leave();
  else if (way === 1) participant.hangUp();
  else participant.vanish();
}

/** By how often they come. */
const DISTURBANCES: readonly (readonly [weight: number, Disturbance])[] = [
  [36, join],
  [10, (world) => withSomebody(world, (one) => part(world, one))],
  [8, (world) => withSomebody(world, (one) => one.restartIce())],
  [5, (world) => withSomebody(world, (one) => one.rebind())],
  [4, (world) => withSomebody(world, (one) => one.mute(world.random.chance(0.5)))],
  [10, (world) => withSomebody(world, (one) => worsen(world, one))],
  [6, (world) => withSomebody(world, (one) => cutOff(world, one))],
  [6, (world) => withSomebody(world, (one) => silence(world, one, world.random.chance(0.5)))],
  [6, (world) => withSomebody(world, (one) => permit(world, one, permissionsByChance(world)))],
  [3, (world) => withSomebody(world, (one) => limit(world, one, world.random.pick([null, 0, 1, 2])))],
  [2, (world) => withSomebody(world, ({ rid, uid }) => world.control.operator.remove(rid, uid))],
  [1, (world) => withSomebody(world, ({ rid }) => world.control.operator.closeRoom(rid))],
  [1, (world) => withSomebody(world, ({ rid }) => world.control.closeRooms([rid]))],
  [2, crash],
  [3, slow],
];

function withSomebody(world: World, action: (participant: Participant) => void): void {
  const participant = world.random.pick(world.participants);
  if (participant !== null) action(participant);
}

function worsen(world: World, participant: Participant): void {
  participant.quality = world.random.chance(0.3) ? GOOD_PATH : badPath(world.random);
  world.note(`${participant.rid}/${participant.uid} has a path that loses ${participant.quality.loss}`);
}

function cutOff(world: World, participant: Participant): void {
  const duration = world.random.between(1_000, LONGEST_CUT);
  world.note(`${participant.rid}/${participant.uid} is cut off for ${duration}`);
  participant.isCutOff = true;
  world.timeline.after(duration, () => {
    participant.isCutOff = false;
  });
}

function permissionsByChance({ random }: World): Permissions {
  return { publish: random.chance(0.7), subscribe: random.chance(0.7) };
}

function silence(world: World, { rid, uid }: Participant, silenced: boolean): void {
  if (!world.control.operator.silence(rid, uid, silenced)) return;
  world.expectations.silence(rid, uid, silenced, world.timeline.now);
  world.note(`${rid}/${uid} is ${silenced ? '' : 'no longer '}silenced`);
}

function permit(world: World, { rid, uid }: Participant, permissions: Permissions): void {
  if (!world.control.operator.permit(rid, uid, permissions)) return;
  world.expectations.permit(rid, uid, permissions, world.timeline.now);
  world.note(`${rid}/${uid} may now ${JSON.stringify(permissions)}`);
}

function limit(world: World, { rid, session }: Participant, loudest: number | null): void {
  const name = session?.name ?? null;
  if (name === null || !world.control.list(rid).some(({ cid }) => cid === name.cid)) return;
  world.control.limit(name, loudest);
  world.expectations.limit(rid, loudest !== null && loudest > 0);
  world.note(`${rid} is limited to ${loudest}`);
}

function crash(world: World): void {
  const worker = world.random.pick(world.workers);
  const { now } = world.timeline;
  const isOld = world.workers.every(
    ({ thread }) => now - thread.startedAt > CRASH_INTERVAL && !thread.isDead,
  );
  if (worker === null || !isOld) return;
  world.note(`worker ${worker.index} dies`);
  worker.crash();
}

function slow(world: World): void {
  const worker = world.random.pick(world.workers);
  if (worker === null) return;
  world.note(`worker ${worker.index} is slow`);
  worker.isSlow = true;
  world.timeline.after(world.random.between(1_000, LONGEST_SLOWNESS), () => {
    worker.isSlow = false;
  });
}
