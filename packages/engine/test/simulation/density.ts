const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** How much happens in which time, all times in ms. */
export interface Density {
  readonly rooms: readonly string[];
  readonly uidsPerRoom: number;
  readonly firstParticipants: number;
  /** Between two disturbances, on average, as long as there are any. */
  readonly disturbanceInterval: number;
  /** How long there are any, before all is calm. */
  readonly disturbed: number;
  /** How long all is calm then: what is lost is noticed within 60 s, and made up for. */
  readonly calm: number;
  /** At the end of the calm everybody has been heard within it. */
  readonly heardWithin: number;
  /** How often it was calm when all leave. */
  readonly calmsBeforeAllLeave: number;
  /** Between two packets of a participant who speaks, on average; a minute without any ends a call. */
  readonly packetInterval: number;
  /** Share of these that are loud, and share that begins a spurt of packets 20 ms apart. */
  readonly speechShare: number;
  readonly spurtShare: number;
  /** Between two reports of what was heard. */
  readonly reportInterval: number;
  /** Between two connectivity checks that are answered; consent lasts for 30 s. */
  readonly checkInterval: number;
  /** Between two questions for offers by those who are not told of them. */
  readonly pollInterval: number;
  /** Between two rounds of a worker's timers, at least: they are sparser than its own 50 ms, as the packets are. */
  readonly tickInterval: number;
}

/** Something happens every few seconds. */
export const STORM: Density = {
  rooms: ['red', 'green', 'blue'],
  uidsPerRoom: 7,
  firstParticipants: 10,
  disturbanceInterval: 6 * SECOND,
  disturbed: 8 * MINUTE,
  calm: 130 * SECOND,
  heardWithin: 35 * SECOND,
  calmsBeforeAllLeave: 5,
  packetInterval: 4 * SECOND,
  speechShare: 0.4,
  spurtShare: 0.05,
  reportInterval: 20 * SECOND,
  checkInterval: 5 * SECOND,
  pollInterval: 3 * SECOND,
  tickInterval: 250,
};

/** As in calls of some people: who has joined stays for a while, and what goes wrong does so a few times an hour. */
export const CALLS: Density = {
  rooms: ['red', 'green'],
  uidsPerRoom: 3,
  firstParticipants: 4,
  disturbanceInterval: 6 * MINUTE,
  disturbed: 60 * MINUTE,
  calm: 5 * MINUTE,
  heardWithin: 60 * SECOND,
  calmsBeforeAllLeave: 12,
  packetInterval: 26 * SECOND,
  speechShare: 0.1,
  spurtShare: 0.01,
  reportInterval: 2 * MINUTE,
  checkInterval: 28 * SECOND,
  pollInterval: 60 * SECOND,
  tickInterval: 1_000,
};
