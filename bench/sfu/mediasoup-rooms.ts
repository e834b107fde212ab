/** Rooms over one mediasoup worker: who publishes in them, and the transports by which it is taken and given. */
import type {
  Mediasoup,
  Router,
  RtpCapabilities,
  RtpParameters,
  WebRtcTransport,
  Worker,
} from './mediasoup-api.js';

const FIRST_PORT = 20_000;
const LAST_PORT = 59_999;
/** A question for news is answered after this long even when there are none. */
const NEWS_TIMEOUT_MS = 10_000;
const OPUS = { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 } as const;
const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

interface Member {
  readonly rid: string;
  readonly uid: string;
  readonly router: Router;
  readonly transport: WebRtcTransport;
}

interface Publication {
  readonly rid: string;
  readonly uid: string;
  /** Counts all publications. */
  readonly number: number;
  readonly producerId: string;
}

export class MediasoupRooms {
  readonly #worker: Worker;
  readonly #routers = new Map<string, Promise<Router>>();
  readonly #members = new Map<string, Member>();
  /** By room and uid. */
  readonly #publications = new Map<string, Publication>();
  #published = 0;
  readonly #waitingForNews = new Set<() => void>();

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** @param onDied called when the worker has ended by itself */
  static async create(mediasoup: Mediasoup, onDied: () => void): Promise<MediasoupRooms> {
    const worker = await mediasoup.createWorker({
      logLevel: 'warn',
      rtcMinPort: FIRST_PORT,
      rtcMaxPort: LAST_PORT,
    });
    worker.on('died', onDied);
    return new MediasoupRooms(worker);
  }

  async openTransport(rid: string, uid: string): Promise<object> {
    const router = await this.#routerOf(rid);
    const transport = await router.createWebRtcTransport({
      listenIps: [{ ip: '127.0.0.1' }],
      enableUdp: true,
    });
    this.#members.set(transport.id, { rid, uid, router, transport });
    const { usernameFragment: ufrag, password } = transport.iceParameters;
    return {
      transport: transport.id,
      ufrag,
      password,
      fingerprints: transport.dtlsParameters.fingerprints,
      candidates: transport.iceCandidates.map(({ ip, port }) => ({ address: ip, port })),
    };
  }

  /** @param fingerprint SHA-256 of the certificate of the participant, which begins with DTLS */
  async connect(transportId: string, fingerprint: string): Promise<object> {
    const fingerprints = [{ algorithm: 'sha-256', value: fingerprint }];
    await this.#member(transportId).transport.connect({ dtlsParameters: { role: 'client', fingerprints } });
    return {};
  }

  async produce(transportId: string, rtpParameters: RtpParameters): Promise<object> {
    const { rid, uid, transport } = this.#member(transportId);
    const { id: producerId } = await transport.produce({ kind: 'audio', rtpParameters });
    this.#publications.set(keyOf(rid, uid), { rid, uid, number: this.#published++, producerId });
    for (const wake of this.#waitingForNews) wake();
    return {};
  }

  /** @returns the SSRC under which each of those who still publish is heard */
  async consume(transportId: string, uids: readonly string[]): Promise<object[]> {
    const { rid, router, transport } = this.#member(transportId);
    const rtpCapabilities = withAudioLevelOnly(router.rtpCapabilities);
    const consumed = uids.map(async (uid) => {
      const publication = this.#publications.get(keyOf(rid, uid));
      if (publication === undefined) return [];
      const consumer = await transport.consume({ producerId: publication.producerId, rtpCapabilities });
      return [{ uid, ssrc: consumer.rtpParameters.encodings[0]?.ssrc }];
    });
    return (await Promise.all(consumed)).flat();
  }

  async closeTransport(transportId: string): Promise<object> {
    const { rid, uid, transport } = this.#member(transportId);
    this.#members.delete(transportId);
    transport.close();
    // Whoever publishes does so over one of its transports, and closes both.
    this.#publications.delete(keyOf(rid, uid));
    return {};
  }

  /** @param since number of the first publication that is news to who asks */
  async publications(since: number): Promise<object> {
    if (this.#published <= since) await this.#news();
    const publications = [...this.#publications.values()].filter(({ number }) => number >= since);
    return { next: this.#published, publications: publications.map(({ rid, uid }) => ({ rid, uid })) };
  }

  close(): void {
    this.#worker.close();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timeout);
        this.#waitingForNews.delete(wake);
        resolve();
      };
      const timeout = setTimeout(wake, NEWS_TIMEOUT_MS);
      this.#waitingForNews.add(wake);
    });
  }

  #routerOf(rid: string): Promise<Router> {
    const router = this.#routers.get(rid) ?? this.#worker.createRouter({ mediaCodecs: [OPUS] });
    this.#routers.set(rid, router);
    return router;
  }

  #member(transportId: string): Member {
    const member = this.#members.get(transportId);
    if (member === undefined) throw new Error(`there is no transport ${transportId}`);
    return member;
  }
}

/** What the other SFUs are measured with: no congestion control, which takes a header extension and feedback. */
function withAudioLevelOnly({ codecs, headerExtensions }: RtpCapabilities): RtpCapabilities {
  return {
    codecs: codecs.map((codec) => ({ ...codec, rtcpFeedback: [] })),
    headerExtensions: headerExtensions.filter(({ uri }) => uri === AUDIO_LEVEL_URI),
  };
}

function keyOf(rid: string, uid: string): string {
  return JSON.stringify([rid, uid]);
}
