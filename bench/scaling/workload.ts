/** Rooms as people make them: most are small and short, a few have a thousand people. */

export type Random = () => number;

/** Shares of rooms by size; within a class every size is as likely. */
const SIZES: readonly { readonly share: number; readonly from: number; readonly to: number }[] = [
  { share: 0.9, from: 2, to: 10 },
  { share: 0.09, from: 11, to: 40 },
  { share: 0.0098, from: 41, to: 200 },
  { share: 0.0002, from: 800, to: 1200 },
];
/** Of a room's length in minutes: the median, and the spread of its logarithm. */
const MEDIAN_MINUTES = 12;
const LOG_SPREAD = 0.8;
const LONGEST_MINUTES = 180;
/** Time in which those of a room come, s. */
const GATHERING_SECONDS = 90;
/** Speakers of a large room: the others listen. */
const MOST_SPEAKERS = 30;
const PACKETS_PER_SECOND = 50;
/**
 * CPU time of a packet out in us, as a function of the room's size: what the engine's report measures, roughly. What a
 * wake-up costs is shared by all that are sent for it.
 */
const PACKET_COST = 1;
const WAKE_UP_COST = 110;

export interface RoomPlan {
  readonly size: number;
  /** s, from the first one's coming */
  readonly duration: number;
}

export function drawRoom(random: Random): RoomPlan {
  const minutes = Math.min(LONGEST_MINUTES, MEDIAN_MINUTES * Math.exp(LOG_SPREAD * drawNormal(random)));
  return { size: drawSize(random), duration: 60 * minutes };
}

/** @returns when somebody comes, s after the first */
export function drawArrival(random: Random, { duration }: RoomPlan): number {
  return random() * Math.min(GATHERING_SECONDS, duration / 2);
}

/** @returns cores that a room of so many people takes */
export function coresOf(people: number): number {
  if (people < 2) return 0;
  const packets = PACKETS_PER_SECOND * Math.min(people, MOST_SPEAKERS) * (people - 1);
  return (packets * (PACKET_COST + WAKE_UP_COST / people)) / 1e6;
}

function drawSize(random: Random): number {
  let draw = random();
  for (const { share, from, to } of SIZES) {
    if (draw < share) return from + Math.floor(random() * (to - from + 1));
    draw -= share;
  }
  return 2;
}

/** Box and Muller's method. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
