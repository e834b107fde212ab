import { RELAY_RING_SIZE } from '../../contract/messages.js';
import { type BenchParts, MediaBench, type Published } from './media-bench.js';
import type { PublishOptions } from './open-messages.js';
import type { TestPeer } from './test-peer.js';
import { PACKET_INTERVAL } from './test-stream.js';

const PAGES = 256;
/** First id of the far worker: no two things share one. */
const FAR_IDS = 10_000;

/** Two workers that hand packets to each other; the first has the publishers. */
export class LinkedBenches {
  readonly near: MediaBench;
  readonly far: MediaBench;

  constructor(parts: BenchParts) {
    this.near = new MediaBench(parts);
    this.far = new MediaBench(parts, PAGES, FAR_IDS);
    const ring = new SharedArrayBuffer(RELAY_RING_SIZE);
    this.near.control({ type: 'open-link', worker: 1, direction: 'to', ring });
    this.far.control({ type: 'open-link', worker: 0, direction: 'from', ring });
  }

  /** Publishes on the near worker what can be heard on both. */
  publish(options: PublishOptions = {}): Published {
    const published = this.near.publish(this.near.join(), options);
    this.far.control({ type: 'open-relayed-publication', roomId: 1, publicationId: published.id });
    this.near.control({ type: 'open-relay', publicationId: published.id, worker: 1 });
    return published;
  }

  /** Two who listen, on the publisher's worker and on the other one. */
  listenTo(publication: Published): [TestPeer, TestPeer] {
    const [here, there] = [this.near.join(), this.far.join()];
    this.near.subscribe(here, publication);
    this.far.subscribe(there, publication);
    return [here, there];
  }

  /** Sends packets, as often as a speaker does. */
  speak({ stream }: Published, packets: number): void {
    for (let i = 0; i < packets; i++) {
      stream.send();
      this.advance(PACKET_INTERVAL);
    }
  }

  /** Brings what was sent to everybody. */
  exchange(): void {
    this.near.exchange();
    this.far.exchange();
  }

  advance(milliseconds: number): void {
    this.near.advance(milliseconds);
    this.exchange();
    this.far.advance(milliseconds);
  }

  close(): void {
    this.near.close();
    this.far.close();
  }
}
