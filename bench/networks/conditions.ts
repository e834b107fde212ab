/** What a network does to packets, in one direction. */
export interface LinkConditions {
  /** Share of packets that are lost, 0 to 1. */
  readonly loss: number;
  /** How many packets are lost in a row on average; 1 for losses that know nothing of each other. */
  readonly burst: number;
  /** ms that every packet takes. */
  readonly delay: number;
  /** ms by which packets are late on top of that, evenly from 0; none overtakes another for that. */
  readonly jitter: number;
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
  /** When nothing passes, ms since the link was made; null for never. */
  readonly blackout: { readonly from: number; readonly until: number } | null;
}

/** A wire. */
export const CLEAN: LinkConditions = {
  loss: 0,
  burst: 1,
  delay: 0,
  jitter: 0,
  reorder: 0,
  reorderDelay: 40,
  duplicate: 0,
  rate: null,
  queue: 16 * 1024,
  mtu: null,
  blackout: null,
};

/** A network that calls are measured on, the same both ways. */
export interface BadNetwork {
  readonly name: string;
  readonly conditions: LinkConditions;
}

const DELAY = 20;

export const BAD_NETWORKS: readonly BadNetwork[] = [
  { name: 'no impairment', conditions: CLEAN },
  ...[1, 2, 5, 10, 20, 30].map((percent) => ({
    name: `${percent}% loss`,
    conditions: { ...CLEAN, delay: DELAY, loss: percent / 100 },
  })),
  { name: '10% loss in bursts of 4', conditions: { ...CLEAN, delay: DELAY, loss: 0.1, burst: 4 } },
  { name: '200 ms jitter', conditions: { ...CLEAN, delay: DELAY, jitter: 200 } },
  { name: '10% reordered', conditions: { ...CLEAN, delay: DELAY, reorder: 0.1 } },
  { name: '10% duplicated', conditions: { ...CLEAN, delay: DELAY, duplicate: 0.1 } },
  { name: '64 kbit/s', conditions: { ...CLEAN, delay: DELAY, rate: 64_000 } },
  { name: 'MTU 1280', conditions: { ...CLEAN, delay: DELAY, mtu: 1280 } },
  {
    name: '10 s blackout',
    conditions: { ...CLEAN, delay: DELAY, blackout: { from: 10_000, until: 20_000 } },
  },
];
