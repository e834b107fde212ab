/** The figures that media workers tell the control plane when they are asked. */
import type { TransportId } from './identifiers.js';

/**
 * Counters since the worker started, and gauges. `octetsOut` counts what was handed to the sockets, `packetsOut` what
 * they took. `drops` is by drop reason, with all reasons that there are.
 */
export interface WorkerStatistics {
  readonly type: 'statistics';
  readonly requestId: number;
  readonly transports: number;
  readonly packetsIn: number;
  readonly octetsIn: number;
  readonly packetsOut: number;
  readonly octetsOut: number;
  readonly drops: Readonly<Record<string, number>>;
  /** RTCP packets by what was done with them: `consumed:RR`, `ignored:XR`, `generated:SR`, … */
  readonly rtcp: Readonly<Record<string, number>>;
  /**
   * Packets that are sent again. Uplinks: those `requested` of publishers, `recovered` by that. Downlinks: subscribers'
   * requests by what became of them, `resent:plain`, `refused:unknown`, …
   */
  readonly retransmission: Readonly<Record<string, number>>;
  readonly redundancy: RedundancyStatistics;
  readonly holdings: WorkerHoldings;
}

/** What a worker keeps for those who are there; all of it goes with them. */
export interface WorkerHoldings {
  readonly publications: number;
  /** To one subscriber each, slots included. */
  readonly subscriptions: number;
  /** Publications that other workers bring. */
  readonly relayed: number;
  /** Octets of its memory of fixed size that are in use, and how many there are. */
  readonly memoryUsed: number;
  readonly memorySize: number;
  /** Octets that JavaScript objects of its thread take. */
  readonly heapUsed: number;
}

/** What became of redundancy (RED, RFC 2198). */
export interface RedundancyStatistics {
  /** Lost packets of publishers that were recovered from copies in later ones. */
  readonly recovered: number;
  /** Packets that were sent with copies of earlier ones. */
  readonly sent: number;
  /** Participants who get such packets at present, since they lose many. */
  readonly subscribers: number;
}

/**
 * How media goes to and from one participant. The uplink is what it publishes, as the engine receives it; the downlink
 * what it receives of others, by its own receiver reports of the last 15 s. Counts begin with the transport and do not
 * start over when streams come and go. Octets are those of RTP payloads; as in sender reports (RFC 3550 section 6.4.1)
 * those of one stream to a participant are counted modulo 2^32.
 */
export interface ParticipantStatistics {
  readonly transportId: TransportId;
  /** Authentic RTP packets, forwarded or not. */
  readonly packetsIn: number;
  readonly octetsIn: number;
  /** RTP packets that were protected for it and queued. */
  readonly packetsOut: number;
  readonly octetsOut: number;
  /** Packets of the uplink that did not come; decreases by those that come late. */
  readonly uplinkLost: number;
  /** Packets of the uplink that its sequence numbers announce. */
  readonly uplinkExpected: number;
  /** Interarrival jitter in milliseconds, of the stream with the most; 0 without any. */
  readonly uplinkJitter: number;
  /**
   * Milliseconds, or null: for one who publishes, the round trip of the downlink. Uplink and downlink are one path there
   * and back, and what a publisher measures itself it tells nobody.
   */
  readonly uplinkRoundTrip: number | null;
  /** Fraction of packets lost, 0 to 1, mean over the streams; null without a report. */
  readonly downlinkLoss: number | null;
  /** Interarrival jitter in milliseconds, mean over the streams; null without a report. */
  readonly downlinkJitter: number | null;
  /** Milliseconds, the last that was measured; null when the reports do not tell. */
  readonly downlinkRoundTrip: number | null;
}

export interface WorkerParticipants {
  readonly type: 'participants';
  readonly requestId: number;
  /** One for each transport of the worker, connected or not. */
  readonly participants: readonly ParticipantStatistics[];
}
