/** What a network does to packets, in one direction. */
export interface LinkConditions {
  /** Share of packets that are lost, 0 to 1. */
  readonly loss: number;
  /** How many packets are lost in a row on average; 1 for losses that know nothing of each other. */
  readonly burst: number;
  /** ms that every packet takes. */
  readonly delay: number;
  /** ms by which packets are late on top of that, evenly from 0. */
  readonly jitter: number;
  /** Whether packets overtake those that are later than they; otherwise they wait for them. */
  readonly overtaking: boolean;
  /** Share of packets that are held back by `reorderDelay`, so that others overtake them. */
  readonly reorder: number;
  /** ms */
  readonly reorderDelay: number;
  /** Share of packets that come twice. */
  readonly duplicate: number;
  /** bit/s that pass, IP and UDP headers included; null for any number. */
  readonly rate: number | null;
  /** Octets that wait in front of `rate` before more are lost. */
  readonly queue: number;
  /** Longest IP packet, octets; null for any length. Longer ones are lost: WebRTC's packets may not be fragmented. */
  readonly mtu: number | null;
  /** ms for which nothing passes, from the moment on at which it is told to begin; 0 for never. */
  readonly blackout: number;
}

/** A wire. */
export const CLEAN: LinkConditions = {
  loss: 0,
  burst: 1,
  delay: 0,
  jitter: 0,
  overtaking: false,
  reorder: 0,
  reorderDelay: 40,
  duplicate: 0,
  rate: null,
  queue: 4 * 1024,
  mtu: null,
  blackout: 0,
};

/** A network that calls are measured on, the same both ways for each participant. */
export interface BadNetwork {
  readonly name: string;
  readonly conditions: LinkConditions;
  /** Whether it does nothing but lose packets at random, and so has its place in the plots. */
  readonly isRandomLoss: boolean;
}

const DELAY = 20;
const LOSSES = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3];

/** The network at which the target is set. */
export const TARGET_LOSS = 0.1;

function network(name: string, conditions: Partial<LinkConditions>): BadNetwork {
  const isRandomLoss = Object.keys(conditions).join() === 'loss';
  return { name, conditions: { ...CLEAN, delay: DELAY, ...conditions }, isRandomLoss };
}

export const BAD_NETWORKS: readonly BadNetwork[] = [
  ...LOSSES.map((loss) => network(loss === 0 ? 'no loss' : `${100 * loss}% loss`, { loss })),
  network('10% loss in bursts of 4', { loss: 0.1, burst: 4 }),
  network('200 ms jitter', { jitter: 200 }),
  network('200 ms jitter, overtaking', { jitter: 200, overtaking: true }),
  network('10% reordered', { reorder: 0.1 }),
  network('10% duplicated', { duplicate: 0.1 }),
  network('64 kbit/s', { rate: 64_000 }),
  network('MTU 1280', { mtu: 1280 }),
  network('after a blackout of 10 s', { blackout: 10_000 }),
];
