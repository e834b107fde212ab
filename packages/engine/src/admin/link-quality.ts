/** How well the media of each participant travels, out of its counters at two points of time. */
import type { TransportId, WorkerIndex } from '../contract/messages.js';
import type { ParticipantStatistics } from '../contract/statistics.js';
import type { WorkerReading } from './reading.js';
import { perSecond } from './traffic.js';

const MILLISECONDS_PER_SECOND = 1_000;
const BITS_PER_OCTET = 8;
/**
 * Packets that an interval has to expect before its loss is told. Who is silent may send but a few a second, of which one that
 * is lost would look like a catastrophe.
 */
export const MIN_EXPECTED_PACKETS = 10;

/** One direction. */
export interface LinkQuality {
  /** 0 to 1; null when it is not known. */
  readonly loss: number | null;
  /** ms */
  readonly jitter: number | null;
  /** ms */
  readonly roundTrip: number | null;
}

export interface ParticipantQuality {
  /** Bits per second that it sends; null before there is an interval. */
  readonly bitsUp: number | null;
  /** Bits per second that it is sent. */
  readonly bitsDown: number | null;
  /** From the participant to the engine. */
  readonly uplink: LinkQuality;
  /** From the engine to the participant. */
  readonly downlink: LinkQuality;
}

const UNKNOWN_LINK: LinkQuality = { loss: null, jitter: null, roundTrip: null };
export const UNKNOWN_QUALITY: ParticipantQuality = {
  bitsUp: null,
  bitsDown: null,
  uplink: UNKNOWN_LINK,
  downlink: UNKNOWN_LINK,
};

/** Of a participant of whom nothing was known before. */
export const NO_STATISTICS: Omit<ParticipantStatistics, 'transportId'> = {
  packetsIn: 0,
  octetsIn: 0,
  packetsOut: 0,
  octetsOut: 0,
  uplinkLost: 0,
  uplinkExpected: 0,
  uplinkJitter: 0,
  uplinkRoundTrip: null,
  downlinkLoss: null,
  downlinkJitter: null,
  downlinkRoundTrip: null,
};

interface Counted {
  readonly statistics: ParticipantStatistics;
  readonly quality: ParticipantQuality;
}

interface KnownWorker {
  /** When it answered: ms, monotonic. */
  readonly at: number;
  readonly participants: ReadonlyMap<TransportId, Counted>;
}

/** Where an interval begins. */
interface Origin {
  readonly at: number;
  readonly statistics: ParticipantStatistics;
}

/** Keeps of each participant the last counters and what came of the last two; nothing of who has left. */
export class QualityMeter {
  readonly #workers = new Map<WorkerIndex, KnownWorker>();

  /** Takes what the workers have answered. Of one that has not, nothing is known until it does. */
  take(readings: readonly WorkerReading[]): void {
    for (const { index, at, participants } of readings) {
      const former = this.#workers.get(index) ?? null;
      const known = (participants ?? []).map((statistics): [TransportId, Counted] => {
        const before = former?.participants.get(statistics.transportId)?.statistics;
        const { transportId } = statistics;
        // Who has come since the last time has counted from 0.
        const origin =
          former === null ? null : { at: former.at, statistics: before ?? { ...NO_STATISTICS, transportId } };
        return [transportId, { statistics, quality: qualityOf(statistics, at, origin) }];
      });
      if (participants === null) this.#workers.delete(index);
      else this.#workers.set(index, { at, participants: new Map(known) });
    }
  }

  /** @returns that of the participant's last interval */
  of(worker: WorkerIndex, transportId: TransportId): ParticipantQuality {
    return this.#workers.get(worker)?.participants.get(transportId)?.quality ?? UNKNOWN_QUALITY;
  }

  /** @returns that of each participant whose worker has answered */
  *all(): Generator<ParticipantQuality> {
    for (const { participants } of this.#workers.values()) {
      for (const { quality } of participants.values()) yield quality;
    }
  }

  /** How many participants anything is kept of. */
  get size(): number {
    return [...this.#workers.values()].reduce((sum, { participants }) => sum + participants.size, 0);
  }
}

function qualityOf(now: ParticipantStatistics, at: number, before: Origin | null): ParticipantQuality {
  const seconds = before === null ? 0 : (at - before.at) / MILLISECONDS_PER_SECOND;
  const bits = (count: number, former: number | undefined) =>
    seconds > 0 ? perSecond(count, former, seconds) * BITS_PER_OCTET : null;
  const expected = now.uplinkExpected - (before?.statistics.uplinkExpected ?? now.uplinkExpected);
  const isSending = now.uplinkExpected > 0;
  return {
    bitsUp: bits(now.octetsIn, before?.statistics.octetsIn),
    bitsDown: bits(now.octetsOut, before?.statistics.octetsOut),
    uplink: {
      loss: lossOf(now.uplinkLost - (before?.statistics.uplinkLost ?? now.uplinkLost), expected),
      jitter: isSending ? now.uplinkJitter : null,
      roundTrip: now.uplinkRoundTrip,
    },
    downlink: {
      loss: now.downlinkLoss,
      jitter: now.downlinkJitter,
      roundTrip: now.downlinkRoundTrip,
    },
  };
}

/** Packets that come late, or twice, make up for lost ones of the interval before (RFC 3550 section 6.4.1). */
function lossOf(lost: number, expected: number): number | null {
  return expected < MIN_EXPECTED_PACKETS ? null : Math.min(1, Math.max(0, lost / expected));
}
