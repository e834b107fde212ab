/**
 * How participants' networks are, over all participants: what Prometheus is told instead of a label for each. Every
 * sample adds each participant once, so that a quantile over some time is one over participants and that time.
 */
import { Histogram, type Registry } from 'prom-client';
import type { LinkQuality, ParticipantQuality } from './link-quality.js';

/** Upper bounds; the first is for those who lose nothing. */
const LOSS_BUCKETS = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5];
/** Upper bounds, s: jitter buffers of browsers hold some 40 to 200 ms. */
const JITTER_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5];
/** Upper bounds, s. Where engine and both participants add up to 400 ms, people interrupt each other (ITU-T G.114). */
const ROUND_TRIP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1, 2];
const MILLISECONDS_PER_SECOND = 1_000;

/** One direction's of a histogram. */
type Observer = Pick<Histogram.Internal<'direction'>, 'observe'>;

/** The two of one direction. */
interface LinkObservers {
  readonly loss: Observer;
  readonly jitter: Observer;
}

export class NetworkHistograms {
  readonly #loss = new Histogram({
    name: 'kraken_participant_loss_ratio',
    help: 'Share of its packets that a participant lost of late, by direction; each counts once every few seconds.',
    labelNames: ['direction'],
    buckets: LOSS_BUCKETS,
    registers: [],
  });
  readonly #jitter = new Histogram({
    name: 'kraken_participant_jitter_seconds',
    help: "Interarrival jitter of a participant's packets, by direction; each counts once every few seconds.",
    labelNames: ['direction'],
    buckets: JITTER_BUCKETS,
    registers: [],
  });
  readonly #roundTrip = new Histogram({
    name: 'kraken_participant_round_trip_seconds',
    help: 'Round trip between engine and participant; each counts once every few seconds.',
    buckets: ROUND_TRIP_BUCKETS,
    registers: [],
  });
  readonly #uplink: LinkObservers;
  readonly #downlink: LinkObservers;

  constructor() {
    this.#uplink = this.#observersOf('uplink');
    this.#downlink = this.#observersOf('downlink');
  }

  /** Adds what is known of one participant. */
  add({ uplink, downlink }: ParticipantQuality): void {
    observe(this.#uplink, uplink);
    observe(this.#downlink, downlink);
    // Both directions are one path there and back; who only listens has the second alone.
    if (downlink.roundTrip !== null) this.#roundTrip.observe(downlink.roundTrip / MILLISECONDS_PER_SECOND);
  }

  /** Adds the histograms to a scrape. */
  describe(registry: Registry): void {
    for (const histogram of [this.#loss, this.#jitter, this.#roundTrip]) registry.registerMetric(histogram);
  }

  #observersOf(direction: 'uplink' | 'downlink'): LinkObservers {
    for (const histogram of [this.#loss, this.#jitter]) histogram.zero({ direction });
    return { loss: this.#loss.labels({ direction }), jitter: this.#jitter.labels({ direction }) };
  }
}

function observe({ loss, jitter }: LinkObservers, link: LinkQuality): void {
  if (link.loss !== null) loss.observe(link.loss);
  if (link.jitter !== null) jitter.observe(link.jitter / MILLISECONDS_PER_SECOND);
}
