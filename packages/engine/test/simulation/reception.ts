import {
  buildNack,
  buildReceiverReport,
  type ReportBlockFields,
} from '../../src/media/testing/rtcp-packets.js';

/** A longer gap is no loss: nothing was sent, or to others only. */
const LONGEST_GAP = 10;
/** Report blocks of a compound. */
const MOST_BLOCKS = 31;

/** What arrived of one stream. */
interface Stream {
  highest: number;
  received: number;
  expected: number;
  lost: number;
}

/** What a participant hears of, asks for again, and reports. */
export class Reception {
  readonly #streams = new Map<number, Stream>();
  /** What was asked for: indices, by SSRC. */
  readonly #asked = new Map<number, Set<number>>();

  /**
   * Takes note of a packet.
   * @returns the RTCP packet that asks for what is missing before it, or null
   */
  arrived(ssrc: number, index: number): Buffer | null {
    const stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      this.#streams.set(ssrc, { highest: index, received: 1, expected: 1, lost: 0 });
      return null;
    }
    stream.received++;
    const gap = index - stream.highest - 1;
    if (gap < 0) return null;
    stream.expected += gap + 1;
    stream.highest = index;
    if (gap === 0 || gap > LONGEST_GAP) return null;
    const missing = Array.from({ length: gap }, (_, i) => index - gap + i);
    const asked = this.#asked.get(ssrc) ?? new Set();
    for (const one of missing) asked.add(one);
    this.#asked.set(ssrc, asked);
    return buildNack(ssrc, ...missing.map((one) => one % 0x1_0000));
  }

  /** Whether a packet was asked for. */
  hasAskedFor(ssrc: number, index: number): boolean {
    return this.#asked.get(ssrc)?.has(index) === true;
  }

  /**
   * @param reporter its SSRC
   * @returns a receiver report of what came since the last one, or null when nothing did
   */
  report(reporter: number): Buffer | null {
    const blocks: ReportBlockFields[] = [];
    for (const [ssrc, stream] of this.#streams) {
      if (stream.expected === 0 || blocks.length === MOST_BLOCKS) continue;
      const lost = Math.max(0, stream.expected - stream.received);
      stream.lost += lost;
      blocks.push({
        ssrc,
        fractionLost: Math.min(255, Math.floor((256 * lost) / stream.expected)),
        cumulativeLost: stream.lost,
        highestSequenceNumber: stream.highest % 2 ** 32,
        jitter: 0,
        lastSenderReport: 0,
        delaySinceLastSenderReport: 0,
      });
      stream.expected = 0;
      stream.received = 0;
    }
    return blocks.length === 0 ? null : buildReceiverReport(reporter, blocks);
  }
}
