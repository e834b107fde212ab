/**
 * Joins rooms of the benchmark's own server over mediasoup (bench/sfu/mediasoup-server.ts) by what ORTC calls
 * parameters, without session descriptions. As in mediasoup's clients, one transport sends and one receives.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpJsonClient, isJsonObject, type JsonObject, jsonObjectsIn } from '@kraken/load/http-json-client';
import {
  AUDIO_LEVEL_EXTENSION_ID,
  AUDIO_LEVEL_URI,
  OPUS_PAYLOAD_TYPE,
  type RemoteTransport,
} from '@kraken/load/sdp';
import type { Signalling, SignallingParticipant, SignallingSession } from '@kraken/load/signalling';

const RETRY_MS = 1000;

export class MediasoupSignalling implements Signalling {
  readonly #client: MediasoupClient;
  /** Who publishes or has published, by room. */
  readonly #publishers = new Map<string, Set<string>>();
  #isFollowing = false;
  #isClosed = false;

  /** @param url of the server: `http://127.0.0.1:3000` */
  constructor(url: string) {
    this.#client = new MediasoupClient(url);
  }

  sessionOf(participant: SignallingParticipant): SignallingSession {
    if (!this.#isFollowing) this.#follow();
    const publishers = this.#publishers.get(participant.rid) ?? new Set();
    this.#publishers.set(participant.rid, publishers);
    return new MediasoupSession(this.#client, participant, publishers);
  }

  close(): void {
    this.#isClosed = true;
    this.#client.close();
  }

  /** Takes the server's news of publishers for all participants of the process. */
  async #follow(): Promise<void> {
    this.#isFollowing = true;
    for (let since = 0; !this.#isClosed; ) {
      try {
        const { next, publications } = await this.#client.publications(since);
        if (typeof next === 'number') since = next;
        for (const { rid, uid } of jsonObjectsIn(publications)) {
          if (typeof rid === 'string' && typeof uid === 'string') this.#publishers.get(rid)?.add(uid);
        }
      } catch {
        if (!this.#isClosed) await sleep(RETRY_MS);
      }
    }
  }
}

class MediasoupSession implements SignallingSession {
  readonly #client: MediasoupClient;
  readonly #participant: SignallingParticipant;
  /** Of its room; others add to it. */
  readonly #publishers: ReadonlySet<string>;
  readonly #consumed = new Set<string>();
  #sending: string | null = null;
  #receiving: string | null = null;

  constructor(client: MediasoupClient, participant: SignallingParticipant, publishers: ReadonlySet<string>) {
    this.#client = client;
    this.#participant = participant;
    this.#publishers = publishers;
    this.#consumed.add(participant.uid);
  }

  async publish(): Promise<void> {
    const { stream } = this.#participant.description;
    if (stream === null) return;
    this.#sending = await this.#open('sending');
    await this.#client.produce(this.#sending, {
      codecs: [{ mimeType: 'audio/opus', payloadType: OPUS_PAYLOAD_TYPE, clockRate: 48_000, channels: 2 }],
      headerExtensions: [{ uri: AUDIO_LEVEL_URI, id: AUDIO_LEVEL_EXTENSION_ID }],
      encodings: [{ ssrc: stream.ssrc }],
      rtcp: { cname: stream.streamId },
    });
  }

  async subscribe(): Promise<void> {
    if (this.#publishers.size === this.#consumed.size) return;
    const uids = [...this.#publishers].filter((uid) => !this.#consumed.has(uid));
    if (uids.length === 0) return;
    for (const uid of uids) this.#consumed.add(uid);
    this.#receiving ??= await this.#open('receiving');
    for (const { uid, ssrc } of await this.#client.consume(this.#receiving, uids)) {
      if (typeof uid === 'string' && typeof ssrc === 'number') this.#participant.bind(ssrc, uid);
    }
  }

  async end(): Promise<void> {
    for (const transport of [this.#sending, this.#receiving]) {
      if (transport !== null) await this.#client.closeTransport(transport);
    }
  }

  /** @returns the transport's id */
  async #open(use: 'sending' | 'receiving'): Promise<string> {
    const { rid, uid, description } = this.#participant;
    const { id, remote } = await this.#client.openTransport(rid, uid);
    await this.#client.connect(id, description.fingerprint);
    this.#participant.openTransport(use, remote);
    return id;
  }
}

/** The server's calls. */
class MediasoupClient {
  readonly #http: HttpJsonClient;

  constructor(url: string) {
    this.#http = new HttpJsonClient(url);
  }

  async openTransport(rid: string, uid: string): Promise<{ id: string; remote: RemoteTransport }> {
    const { transport, ufrag, password, fingerprints, candidates } = await this.#call('/transports', {
      rid,
      uid,
    });
    return {
      id: String(transport),
      remote: {
        ufrag: String(ufrag),
        password: String(password),
        fingerprints: jsonObjectsIn(fingerprints).map(({ algorithm, value }) => ({
          algorithm: String(algorithm),
          value: String(value),
        })),
        setup: 'passive',
        candidates: jsonObjectsIn(candidates).map(({ address, port }) => ({
          address: String(address),
          port: Number(port),
        })),
      },
    };
  }

  async connect(transport: string, fingerprint: string): Promise<void> {
    await this.#call('/connect', { transport, fingerprint });
  }

  async produce(transport: string, rtpParameters: JsonObject): Promise<void> {
    await this.#call('/produce', { transport, rtpParameters });
  }

  async consume(transport: string, uids: readonly string[]): Promise<JsonObject[]> {
    return jsonObjectsIn((await this.#call('/consume', { transport, uids })).streams);
  }

  async closeTransport(transport: string): Promise<void> {
    await this.#call('/close', { transport });
  }

  async publications(since: number): Promise<JsonObject> {
    return taken('/publications', await this.#http.get(`/publications?since=${since}`));
  }

  close(): void {
    this.#http.close();
  }

  async #call(path: string, body: JsonObject): Promise<JsonObject> {
    return taken(path, await this.#http.post(path, body));
  }
}

/** @throws Error when the server tells of one */
function taken(path: string, answer: unknown): JsonObject {
  if (!isJsonObject(answer)) throw new Error(`${path}: the answer is no object`);
  if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`);
  return answer;
}
