import type { CallStatistics, StreamStatistics } from './api.js';
import type { Session } from './session.js';

const MILLISECONDS_PER_SECOND = 1_000;
const BITS_PER_OCTET = 8;

/** What browsers report of a stream or a path, as far as it is read here: W3C WebRTC Statistics. */
interface Report {
  readonly id: string;
  readonly type: string;
  readonly timestamp: number;
  readonly [name: string]: unknown;
}

/** Everything but how the call is signalled. */
export type ConnectionStatistics = Omit<CallStatistics, 'signalling'>;

/** Measures a connection from one look to the next. */
export class Statistician {
  #last = new Map<string, Report>();
  #session: Session | null = null;

  async look(session: Session): Promise<ConnectionStatistics> {
    if (session !== this.#session) this.#last = new Map();
    this.#session = session;
    const reports = new Map<string, Report>();
    (await session.connection.getStats()).forEach((report: Report) => {
      reports.set(report.id, report);
    });
    const received = new Map<string, StreamStatistics>();
    let sent: StreamStatistics | null = null;
    for (const report of reports.values()) {
      if (report.type === 'outbound-rtp') sent ??= this.#sent(report, reports);
      if (report.type !== 'inbound-rtp') continue;
      const uid = uidOf(report, session);
      const statistics = this.#received(report);
      if (uid !== undefined && statistics !== null) received.set(uid, statistics);
    }
    this.#last = reports;
    return { ...pathOf(reports), sent, received };
  }

  /** @returns null when nothing came since the last look */
  #received(report: Report): StreamStatistics | null {
    const grown = this.#growthOf(report);
    const packets = grown('packetsReceived');
    const lost = Math.max(0, grown('packetsLost'));
    if (packets === 0) return null;
    const concealed = grown('concealedSamples') - grown('silentConcealedSamples');
    return {
      loss: lost / (packets + lost),
      jitter: numberIn(report, 'jitter') * MILLISECONDS_PER_SECOND,
      concealed: Math.max(0, concealed / Math.max(1, grown('totalSamplesReceived'))),
      bitrate: this.#bitrate(report, grown('bytesReceived')),
    };
  }

  /** What the server tells of it comes in its receiver reports, RFC 3550 section 6.4.2. */
  #sent(report: Report, reports: ReadonlyMap<string, Report>): StreamStatistics | null {
    const grown = this.#growthOf(report);
    if (grown('packetsSent') === 0) return null;
    const remote = reports.get(String(report.remoteId));
    return {
      loss: remote === undefined ? 0 : numberIn(remote, 'fractionLost'),
      jitter: remote === undefined ? 0 : numberIn(remote, 'jitter') * MILLISECONDS_PER_SECOND,
      concealed: null,
      bitrate: this.#bitrate(report, grown('bytesSent')),
    };
  }

  #growthOf(report: Report): (name: string) => number {
    const before = this.#last.get(report.id);
    return (name) => numberIn(report, name) - (before === undefined ? 0 : numberIn(before, name));
  }

  #bitrate(report: Report, octets: number): number {
    const before = this.#last.get(report.id);
    if (before === undefined || report.timestamp <= before.timestamp) return 0;
    return (octets * BITS_PER_OCTET * MILLISECONDS_PER_SECOND) / (report.timestamp - before.timestamp);
  }
}

function numberIn(report: Report, name: string): number {
  const value = report[name];
  return typeof value === 'number' ? value : 0;
}

function uidOf(report: Report, session: Session): string | undefined {
  const track = report.trackIdentifier;
  for (const { uid, receiver } of session.voices.values()) if (receiver.track.id === track) return uid;
  return undefined;
}

/** Firefox has no transport; everywhere the nominated pair that has carried most is the one in use. */
function pathOf(reports: ReadonlyMap<string, Report>): Pick<CallStatistics, 'roundTripTime' | 'protocol'> {
  const [pair] = [...reports.values()]
    .filter(({ type, state, nominated }) => type === 'candidate-pair' && state === 'succeeded' && nominated)
    .sort((one, other) => numberIn(other, 'bytesSent') - numberIn(one, 'bytesSent'));
  if (pair === undefined) return { roundTripTime: null, protocol: null };
  const seconds = pair.currentRoundTripTime;
  const protocol = reports.get(String(pair.localCandidateId))?.protocol;
  return {
    roundTripTime: typeof seconds === 'number' ? seconds * MILLISECONDS_PER_SECOND : null,
    protocol: typeof protocol === 'string' ? protocol : null,
  };
}
