import { randomInt } from 'node:crypto';
import type {
  ControlToMedia,
  MediaPermissions,
  MediaToControl,
  OpenTransport,
  TransportCloseReason,
  TransportId,
} from '../contract/messages.js';
import type { WorkerStatistics } from '../contract/statistics.js';
import type { WorkerOptions } from '../contract/worker-options.js';
import { CongestionPath } from './congestion-path.js';
import { Connectivity, type Source } from './connectivity.js';
import { Counters } from './counters.js';
import { DatagramKind, demultiplex } from './demux.js';
import type { DropReason } from './drop-reason.js';
import type { OpenDtls } from './dtls/index.js';
import { FanOut } from './fan-out.js';
import { KeyGroups } from './forward/key-group.js';
import { RESEND_OUTCOMES, Retransmitter } from './forward/retransmitter.js';
import { ForwardPath } from './forward-path.js';
import type { WorkerMemory } from './memory.js';
import { NackPath } from './nack-path.js';
import { ParticipantSurveys } from './participant-survey.js';
import { Publications } from './publications.js';
import type { Waker } from './relay/relay-sender.js';
import { RelayPath } from './relay-path.js';
import { RtcpPath } from './rtcp-path.js';
import { RtcpSender } from './rtcp-sender.js';
import { RtpPath } from './rtp-path.js';
import { Security } from './security.js';
import { SpeakerSelection } from './speakers/speaker-selection.js';
import { FULL_RING_COUNT, type Kernel } from './srtp/index.js';
import { Subscriptions } from './subscriptions.js';
import type { TcpConnections } from './tcp/connections.js';
import { Transport, type Tuple } from './transport.js';
import { timeoutAt, timeoutOf } from './transport-timeouts.js';
import type { Tuples } from './tuples.js';
import { MAX_DATAGRAM } from './udp/sockets.js';
import type { Transmitter } from './udp/transmitter.js';

/** What is counted of retransmission: requests to publishers and what comes of them, and subscribers' requests. */
const RETRANSMISSION_EVENTS = ['requested', 'recovered', ...RESEND_OUTCOMES];

export interface DataPathParts {
  readonly memory: WorkerMemory;
  readonly kernel: Kernel;
  readonly transmitter: Transmitter;
  readonly tuples: Tuples;
  readonly tcp: TcpConnections | null;
  readonly openDtls: OpenDtls;
  readonly drops: Counters;
  /** Datagrams since the start that found a receive buffer full. */
  readonly datagramsLost: () => number;
  /** Octets that JavaScript objects of the thread take. */
  readonly heapUsed: () => number;
  readonly waker: Waker;
  readonly recovery: WorkerOptions['recovery'];
  /** Sends an event to the control plane. */
  readonly post: (event: MediaToControl) => void;
}

/**
 * The media worker without its sockets and its clock: packets and control messages come in, packets are queued in
 * the transmitter, events go out. The life of a packet is receive() and what it calls.
 */
export class DataPath {
  /** What comes from other workers and goes to them. */
  readonly relay: RelayPath;
  readonly #memory: WorkerMemory;
  readonly #transmitter: Transmitter;
  readonly #tuples: Tuples;
  readonly #post: (event: MediaToControl) => void;
  readonly #drops: Counters;
  readonly #datagramsLost: () => number;
  readonly #heapUsed: () => number;
  readonly #rtcpPackets = new Counters();
  readonly #retransmission = new Counters(RETRANSMISSION_EVENTS);
  readonly #connectivity: Connectivity;
  readonly #security: Security;
  readonly #congestion: CongestionPath;
  readonly #fanOut: FanOut;
  readonly #rtp: RtpPath;
  readonly #rtcp: RtcpPath;
  readonly #selection: SpeakerSelection;
  /** Null when nothing is sent again. */
  readonly #nacks: NackPath | null;
  readonly #transports = new Map<number, Transport>();
  readonly #surveys: ParticipantSurveys;
  readonly #publications: Publications;
  readonly #subscriptions: Subscriptions;
  #packetsIn = 0;
  #octetsIn = 0;

  constructor(parts: DataPathParts) {
    const { memory, kernel, transmitter, tuples, tcp, openDtls, drops, waker, recovery, post } = parts;
    this.#memory = memory;
    this.#transmitter = transmitter;
    this.#tuples = tuples;
    this.#post = post;
    this.#drops = drops;
    this.#datagramsLost = parts.datagramsLost;
    this.#heapUsed = parts.heapUsed;
    this.#security = new Security(memory, kernel, new KeyGroups(memory), transmitter, openDtls, {
      onConnected: (transport) => this.#connected(transport),
      onClosed: (transport, reason, detail) => this.#abort(transport, reason, detail),
      onDropped: (reason) => drops.count(reason),
    });
    this.#connectivity = new Connectivity(memory, kernel, tuples, transmitter, tcp, {
      onReachable: (transport) => this.#security.start(transport),
      onSelected: (transport) => this.#security.redirect(transport),
    });
    const fanOut = new FanOut(memory, kernel, transmitter);
    const forwarding = new ForwardPath(memory, fanOut);
    const sender = new RtcpSender(memory, transmitter, this.#rtcpPackets);
    this.#fanOut = fanOut;
    this.#congestion = new CongestionPath(sender);
    this.#selection = new SpeakerSelection(memory, post);
    this.#subscriptions = new Subscriptions(
      this.#selection,
      (id) => this.#publications.get(id) ?? this.relay.stream(id),
    );
    if (recovery.retransmission) {
      const retransmitter = new Retransmitter(memory, kernel, transmitter, this.#retransmission);
      this.#nacks = new NackPath(sender, retransmitter, this.#rtcpPackets, this.#retransmission);
    } else this.#nacks = null;
    this.#rtp = new RtpPath(memory, forwarding, this.#congestion, recovery.redundancy, {
      onStarted: (publication, now) => this.#publications.started(publication, now),
      onSpeech: (publication, now) => this.#publications.tellSpeech(publication, now),
      onTold: (publication, now) => this.#selection.hear(publication, now),
      onMissing: (transport, publication, now) => this.#nacks?.request(transport, publication, now),
      onRecovered: () => this.#retransmission.count('recovered'),
    });
    this.#rtcp = new RtcpPath(memory, sender, this.#nacks, this.#rtcpPackets, recovery.redundancy);
    this.#surveys = new ParticipantSurveys(this.#transports, post);
    this.relay = new RelayPath(memory, forwarding, this.#rtcp, this.#selection, drops, waker);
    this.#publications = new Publications({
      memory,
      selection: this.#selection,
      congestion: this.#congestion,
      rtcp: this.#rtcp,
      relay: this.relay,
      retransmission: recovery.retransmission,
      transportOf: (id) => this.#transports.get(id),
      post,
    });
  }

  /**
   * Takes one packet in, from a datagram or a TCP frame.
   * @param offset in worker memory
   * @param length above MAX_DATAGRAM when the packet was cut
   * @param now ms
   */
  receive(source: Source, offset: number, length: number, now: number): void {
    this.#packetsIn++;
    this.#octetsIn += length;
    const dropped = length > MAX_DATAGRAM ? 'too-long' : this.#dispatch(source, offset, length, now);
    if (dropped !== null) this.#drops.count(dropped);
  }

  /** Whether there is work that waits for doWaiting(): handshakes, questions after participants. */
  get isWaiting(): boolean {
    return this.#security.hasHandshakes || this.#surveys.isUnderWay;
  }

  /**
   * Goes on with what waits, for a bounded time; to be called when media has been served.
   * @param clock ms
   */
  doWaiting(clock: () => number): void {
    this.#security.shakeHands(clock);
    this.#surveys.proceed(clock);
  }

  /** What it holds at present, for whoever looks whether something was forgotten: all 0 when nobody is there. */
  get holdings(): Readonly<Record<'transports' | 'publications' | 'subscriptions' | 'relayed', number>> {
    return {
      transports: this.#transports.size,
      publications: this.#publications.size,
      subscriptions: this.#subscriptions.size,
      relayed: this.relay.streamCount,
    };
  }

  connectionClosed(connection: number): void {
    this.#connectivity.connectionClosed(connection);
  }

  /** @param now ms */
  handle(message: Exclude<ControlToMedia, { type: 'stop' }>, now: number): void {
    switch (message.type) {
      case 'open-transport':
        this.#openTransport(message, now);
        break;
      case 'restart-ice':
        this.#withTransport(message.transportId, (transport) =>
          this.#connectivity.restart(transport, message.ice),
        );
        break;
      case 'permit-transport':
        this.#withTransport(message.transportId, (transport) =>
          this.#permit(transport, message.permissions, now),
        );
        break;
      case 'close-transport':
        this.#withTransport(message.transportId, (transport) => this.#closeTransport(transport));
        break;
      case 'open-publication':
        this.#withTransport(message.transportId, (transport) =>
          this.#publications.open(transport, message, now),
        );
        break;
      case 'close-publication':
        this.#publications.close(message.publicationId);
        break;
      case 'open-link':
        this.relay.openLink(message.worker, message.direction, message.ring);
        break;
      case 'open-relay':
        this.#publications.openRelay(message.publicationId, message.worker);
        break;
      case 'close-relay':
        this.#publications.closeRelay(message.publicationId, message.worker);
        break;
      case 'open-relayed-publication':
        this.relay.openStream(message.publicationId, message.roomId);
        break;
      case 'close-relayed-publication':
        this.relay.closeStream(message.publicationId);
        break;
      case 'open-subscription':
        this.#withTransport(message.transportId, (transport) => this.#subscriptions.open(transport, message));
        break;
      case 'open-slot':
        this.#withTransport(message.transportId, (transport) =>
          this.#subscriptions.openSlot(transport, message),
        );
        break;
      case 'limit-room':
        this.#selection.limit(message, now);
        break;
      case 'switch-subscription':
        this.#subscriptions.feed(message.subscriptionId, message.publicationId);
        break;
      case 'close-subscription':
        this.#subscriptions.close(message.subscriptionId);
        break;
      case 'request-retransmissions':
        this.#publications.requestRetransmissions(message.publicationId);
        break;
      case 'silence-publication':
        this.#publications.silence(message.publicationId, message.silenced, now);
        break;
      case 'query-statistics':
        this.#post(this.#statistics(message.requestId));
        break;
      case 'query-participants':
        this.#surveys.begin(message.requestId, now);
        break;
    }
  }

  /**
   * Does what is due: retransmissions, reports, ends of speech, time-outs.
   * @param now ms
   * @returns when something is due next, ms: past for what is to be looked at again soon, infinite for nothing.
   * Whatever comes in by then may have something become due sooner.
   */
  tick(now: number): number {
    let dueAt = Number.POSITIVE_INFINITY;
    for (const transport of this.#transports.values()) {
      this.#security.tick(transport, now);
      this.#rtcp.report(transport, now);
      this.#congestion.report(transport, now);
      for (const publication of transport.publications) {
        if (publication.speech.tick(now)) this.#publications.tellSpeech(publication, now);
        this.#nacks?.request(transport, publication, now);
      }
      this.#checkTimeouts(transport, now);
      dueAt = Math.min(dueAt, this.#dueAt(transport));
    }
    return Math.min(dueAt, this.#selection.tick(now));
  }

  /** @returns when something of a transport is due, ms */
  #dueAt(transport: Transport): number {
    let dueAt = Math.min(
      this.#security.dueAt(transport),
      this.#rtcp.reportDueAt(transport),
      this.#congestion.dueAt(transport),
      timeoutAt(transport),
    );
    for (const { speech, missing } of transport.publications) {
      // What is missing is asked for several times a second.
      dueAt = missing?.isEmpty === false ? 0 : Math.min(dueAt, speech.dueAt);
    }
    return dueAt;
  }

  /** Closes everything; peers are told by close_notify. */
  close(): void {
    for (const transport of [...this.#transports.values()]) this.#closeTransport(transport);
    this.#transmitter.flush();
  }

  #dispatch(source: Source, offset: number, length: number, now: number): DropReason | null {
    const kind = demultiplex(this.#memory.bytes, offset, length);
    if (kind === DatagramKind.STUN) return this.#connectivity.receive(source, offset, length, now);
    if (kind === DatagramKind.TOO_SHORT) return 'too-short';
    // Everything else is taken only from where a connectivity check has proven the participant to be.
    const transport = this.#tupleOf(source)?.transport;
    if (transport === undefined) return 'unknown-source';
    switch (kind) {
      case DatagramKind.RTP:
        return this.#rtp.receive(transport, offset, length, now);
      case DatagramKind.RTCP:
        return this.#rtcp.receive(transport, offset, length, now);
      case DatagramKind.DTLS:
        return this.#security.receive(transport, offset, length, now);
      default:
        return 'unknown-protocol';
    }
  }

  /** A message may name a transport that the worker has closed meanwhile: then there is nothing left to do. */
  #withTransport(id: TransportId, action: (transport: Transport) => void): void {
    const transport = this.#transports.get(id);
    if (transport !== undefined) action(transport);
  }

  #tupleOf(source: Source): Tuple | null {
    if (source.connection !== 0) return this.#tuples.ofConnection(source.connection);
    return this.#tuples.ofDatagram(source.socketIndex, source.address);
  }

  #openTransport(message: OpenTransport, now: number): void {
    const agent = this.#connectivity.createAgent(message);
    const transport = new Transport(message, agent, randomInt(1, 2 ** 32), now);
    this.#transports.set(transport.id, transport);
    this.#connectivity.register(transport);
  }

  #connected(transport: Transport): void {
    this.#subscriptions.resumeAllOf(transport);
    this.#post({ type: 'transport-connected', transportId: transport.id });
  }

  /** The worker's own decision to close, of which control has to hear. */
  #abort(transport: Transport, reason: TransportCloseReason, detail: string): void {
    if (!this.#transports.has(transport.id)) return;
    this.#closeTransport(transport);
    this.#post({ type: 'transport-closed', transportId: transport.id, reason, detail });
  }

  #closeTransport(transport: Transport): void {
    this.#transports.delete(transport.id);
    this.#publications.closeAllOf(transport);
    this.#subscriptions.closeAllOf(transport);
    this.#security.stop(transport);
    this.#connectivity.unregister(transport);
  }

  #permit(transport: Transport, permissions: MediaPermissions, now: number): void {
    transport.permissions = permissions;
    this.#publications.permit(transport, now);
    if (permissions.subscribe) this.#subscriptions.resumeAllOf(transport);
    else this.#subscriptions.withholdAllOf(transport);
    // Who may not be heard may well send nothing: checks alone keep it.
    if (!permissions.publish) transport.mediaAt = 0;
  }

  #checkTimeouts(transport: Transport, now: number): void {
    const timeout = timeoutOf(transport, now);
    if (timeout !== null) this.#abort(transport, timeout.reason, timeout.detail);
  }

  #statistics(requestId: number): WorkerStatistics {
    const drops = this.#drops.toRecord();
    const { publications, subscriptions, relayed } = this.holdings;
    return {
      type: 'statistics',
      requestId,
      transports: this.#transports.size,
      packetsIn: this.#packetsIn,
      octetsIn: this.#octetsIn,
      packetsOut: this.#transmitter.packetsSent,
      octetsOut: this.#transmitter.octetsSent,
      drops: {
        ...drops,
        'receive-buffer-full': this.#datagramsLost(),
        'send-refused': this.#transmitter.packetsRefused,
        'ring-full': this.#memory.words[FULL_RING_COUNT >> 2] ?? 0,
      },
      rtcp: this.#rtcpPackets.toRecord(),
      retransmission: this.#retransmission.toRecord(),
      redundancy: {
        recovered: this.#rtp.packetsRecovered,
        sent: this.#fanOut.redundantPacketsSent,
        subscribers: this.#subscriptions.redundantSubscribers,
      },
      holdings: {
        publications,
        subscriptions,
        relayed,
        memoryUsed: this.#memory.used,
        memorySize: this.#memory.bytes.length,
        heapUsed: this.#heapUsed(),
      },
    };
  }
}
