import type { Permissions } from '@kraken/protocol';
import { RESTART_INTERVAL } from '../../src/worker-handle.js';
import { badPath, GOOD_PATH } from './network.js';
import type { Participant } from './participant.js';
import type { World } from './world.js';

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

/** @returns false when there was nobody to do it to */
type Disturbance = (world: World) => boolean;

/** Does something to somebody, by chance. */
export function disturb(world: World): void {
  let chosen = world.random.below(TOTAL_WEIGHT);
  for (const [weight, what, disturbance] of DISTURBANCES) {
    chosen -= weight;
    if (chosen >= 0) continue;
    world.sweep();
    if (disturbance(world)) world.counts.count(what);
    return;
  }
}

/** Somebody joins, or joins a second time, so that the first connection is displaced. */
export function join(world: World): boolean {
  const { random, density } = world;
  const rid = random.pick(density.rooms) ?? '';
  const slots = random.chance(WITH_FIXED_SLOTS) ? 1 + random.below(MOST_SLOTS) : 0;
  world.join(rid, `u${random.below(density.uidsPerRoom)}`, random.chance(SPEAKERS), slots);
  return true;
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
  for (const worker of world.workers) {
    worker.isSlow = false;
    world.network.partition(worker.index, false);
  }
  world.network.isCalm = true;
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
const DISTURBANCES: readonly (readonly [weight: number, what: string, disturbance: Disturbance])[] = [
  [36, 'joins', join],
  [10, 'departures', (world) => withSomebody(world, (one) => part(world, one))],
  [8, 'ICE restarts', (world) => withSomebody(world, (one) => one.restartIce())],
  [5, 'changes of address', (world) => withSomebody(world, (one) => one.rebind())],
  [4, 'mutes', (world) => withSomebody(world, (one) => one.mute(world.random.chance(0.5)))],
  [10, 'changes of path', (world) => withSomebody(world, (one) => worsen(world, one))],
  [5, 'cut-offs', (world) => withSomebody(world, (one) => cutOff(world, one))],
  [1, 'cut-offs of rooms', (world) => withSomebody(world, (one) => cutOffRoom(world, one))],
  [1, 'partitions from a worker', partition],
  [6, 'silencings', (world) => withSomebody(world, (one) => silence(world, one, world.random.chance(0.5)))],
  [6, 'permissions', (world) => withSomebody(world, (one) => permit(world, one, permissionsByChance(world)))],
  [
    3,
    'limits',
    (world) => withSomebody(world, (one) => limit(world, one, world.random.pick([null, 0, 1, 2]))),
  ],
  [2, 'removals', (world) => withSomebody(world, ({ rid, uid }) => world.control.operator.remove(rid, uid))],
  [1, 'closed rooms', (world) => withSomebody(world, ({ rid }) => world.control.operator.closeRoom(rid))],
  [1, 'moved rooms', (world) => withSomebody(world, ({ rid }) => world.control.closeRooms([rid]))],
  [2, 'deaths of workers', crash],
  [3, 'slow workers', slow],
];
const TOTAL_WEIGHT = DISTURBANCES.reduce((sum, [weight]) => sum + weight, 0);

function withSomebody(world: World, action: (participant: Participant) => void): boolean {
  const participant = world.random.pick(world.participants);
  if (participant !== null) action(participant);
  return participant !== null;
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

/** All of a room are behind the same line. */
function cutOffRoom(world: World, { rid }: Participant): void {
  for (const participant of world.participants) if (participant.rid === rid) cutOff(world, participant);
}

function partition(world: World): boolean {
  const worker = world.random.pick(world.workers);
  if (worker === null) return false;
  const duration = world.random.between(1_000, LONGEST_CUT);
  world.note(`worker ${worker.index} cannot be reached for ${duration}`);
  world.network.partition(worker.index, true);
  world.timeline.after(duration, () => world.network.partition(worker.index, false));
  return true;
}

/** The last one that there is dies only when it is started again at once: an engine without any ends. */
function crash(world: World): boolean {
  const worker = world.random.pick(world.workers);
  if (worker === null || worker.thread.isDead) return false;
  const isOld = world.timeline.now - worker.thread.startedAt > RESTART_INTERVAL;
  if (!isOld && !world.hasOther(worker.index)) return false;
  world.note(`worker ${worker.index} dies`);
  worker.crash();
  return true;
}

function slow(world: World): boolean {
  const worker = world.random.pick(world.workers);
  if (worker === null) return false;
  world.note(`worker ${worker.index} is slow`);
  worker.isSlow = true;
  world.timeline.after(world.random.between(1_000, LONGEST_SLOWNESS), () => {
    worker.isSlow = false;
  });
  return true;
}
