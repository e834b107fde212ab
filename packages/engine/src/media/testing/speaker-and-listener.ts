import { type BenchParts, MediaBench, type Published } from './media-bench.js';
import type { TestPeer } from './test-peer.js';
import { PACKET_INTERVAL } from './test-stream.js';

/** One who speaks and one who hears them, on a worker of their own. */
export class SpeakerAndListener {
  readonly bench: MediaBench;
  readonly publication: Published;
  readonly listener: TestPeer;
  /** Of the stream as the listener gets it. */
  readonly ssrc: number;

  constructor(parts: BenchParts) {
    this.bench = new MediaBench(parts);
    this.publication = this.bench.publish(this.bench.join());
    this.listener = this.bench.join();
    this.ssrc = this.bench.subscribe(this.listener, this.publication).ssrc;
  }

  /** Sends packets, as often as a speaker does. @returns how many of them the listener heard */
  speak(packets: number): number {
    const before = this.listener.heard.length;
    for (let i = 0; i < packets; i++) {
      this.publication.stream.send();
      this.bench.advance(PACKET_INTERVAL);
    }
    return this.listener.heard.length - before;
  }
}
