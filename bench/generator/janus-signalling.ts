/**
 * Joins rooms of Janus' VideoRoom plugin (janus.conf.meetecho.com/docs/videoroom) as its clients do: a handle that
 * is in the room, and publishes if the participant does, and a handle that is subscribed to all others at once.
 * Each has a transport of its own. Rooms and participants are named by strings, which Janus must be set up for.
 */
import { type JsonObject, jsonObjectsIn } from '@kraken/load/http-json-client';
import { parseDescription, writeAnswer, writeOffer } from '@kraken/load/sdp';
import type { Signalling, SignallingParticipant, SignallingSession } from '@kraken/load/signalling';
import { JanusClient, JanusError, type PluginMessage } from './janus-client.js';

const PLUGIN = 'janus.plugin.videoroom';
const ERROR_ROOM_EXISTS = 427;
const MAX_PUBLISHERS = 10_000;

export class JanusSignalling implements Signalling {
  readonly #client: JanusClient;
  readonly #rooms = new Map<string, Promise<void>>();

  /** @param url with the path of the API: `http://127.0.0.1:8088/janus` */
  constructor(url: string) {
    this.#client = new JanusClient(url);
  }

  sessionOf(participant: SignallingParticipant): SignallingSession {
    return new JanusSession(this.#client, participant, (handle) => this.#makeRoom(participant.rid, handle));
  }

  close(): void {
    this.#client.close();
  }

  /** Makes the room at the first call for it, unless it is there. */
  #makeRoom(rid: string, handle: number): Promise<void> {
    const made = this.#rooms.get(rid) ?? this.#create(rid, handle);
    this.#rooms.set(rid, made);
    return made;
  }

  async #create(rid: string, handle: number): Promise<void> {
    const settings = { audiocodec: 'opus', opus_fec: true, audiolevel_ext: true, notify_joining: false };
    try {
      await this.#client.message(handle, {
        request: 'create',
        room: rid,
        publishers: MAX_PUBLISHERS,
        ...settings,
      });
    } catch (error) {
      if (!(error instanceof JanusError) || error.code !== ERROR_ROOM_EXISTS) throw error;
    }
  }
}

class JanusSession implements SignallingSession {
  readonly #client: JanusClient;
  readonly #participant: SignallingParticipant;
  readonly #makeRoom: (handle: number) => Promise<void>;
  /** In the room. */
  #member: number | null = null;
  /** Subscribed to others, as soon as there are any. */
  #subscriber: number | null = null;
  /** Publishers that the participant is not subscribed to. */
  readonly #news = new Set<string>();

  constructor(
    client: JanusClient,
    participant: SignallingParticipant,
    makeRoom: (handle: number) => Promise<void>,
  ) {
    this.#client = client;
    this.#participant = participant;
    this.#makeRoom = makeRoom;
  }

  async publish(): Promise<void> {
    const { rid, uid, description } = this.#participant;
    const handle = await this.#attach((message) => this.#learn(message.data));
    this.#member = handle;
    await this.#makeRoom(handle);
    const who = { ptype: 'publisher', room: rid, id: uid };
    if (description.stream === null) {
      this.#learn((await this.#client.message(handle, { request: 'join', ...who })).data);
      return;
    }
    const jsep = { type: 'offer', sdp: writeOffer(description) } as const;
    const joined = await this.#client.message(handle, { request: 'joinandconfigure', ...who }, jsep);
    this.#learn(joined.data);
    if (joined.sdp === null) throw new Error('Janus joins without an answer to the offer');
    this.#participant.openTransport('sending', parseDescription(joined.sdp));
  }

  async subscribe(): Promise<void> {
    if (this.#news.size === 0) return;
    const streams = [...this.#news].map((feed) => ({ feed }));
    this.#news.clear();
    if (this.#subscriber === null) await this.#joinAsSubscriber(streams);
    else await this.#answer(this.#subscriber, { request: 'update', subscribe: streams });
  }

  async end(): Promise<void> {
    for (const handle of [this.#subscriber, this.#member]) {
      if (handle !== null) await this.#client.detach(handle);
    }
  }

  async #joinAsSubscriber(streams: readonly JsonObject[]): Promise<void> {
    const handle = await this.#attach(() => undefined);
    this.#subscriber = handle;
    const request = { request: 'join', ptype: 'subscriber', room: this.#participant.rid, autoupdate: false };
    const sdp = await this.#answer(handle, { ...request, streams });
    if (sdp === null) throw new Error('Janus offers nothing to its subscriber');
    this.#participant.openTransport('receiving', parseDescription(sdp));
  }

  /**
   * Sends a request that Janus answers with an offer, and takes what is offered.
   * @returns the offer, or null when nothing was to be offered
   */
  async #answer(handle: number, request: JsonObject): Promise<string | null> {
    const { data, sdp } = await this.#client.message(handle, request);
    if (sdp === null) return null;
    const offer = parseDescription(sdp);
    const publishers = new Map(jsonObjectsIn(data.streams).map(({ mid, feed_id }) => [mid, feed_id]));
    for (const { mid, ssrcs } of offer.media) {
      const [uid, ssrc] = [publishers.get(mid), ssrcs[0]];
      if (typeof uid === 'string' && ssrc !== undefined) this.#participant.bind(ssrc, uid);
    }
    const answer = writeAnswer({ ...this.#participant.description, stream: null }, offer);
    await this.#client.message(handle, { request: 'start' }, { type: 'answer', sdp: answer });
    return sdp;
  }

  #learn({ publishers, unpublished, leaving }: JsonObject): void {
    for (const { id } of jsonObjectsIn(publishers)) if (typeof id === 'string') this.#news.add(id);
    for (const gone of [unpublished, leaving]) if (typeof gone === 'string') this.#news.delete(gone);
  }

  #attach(onMessage: (message: PluginMessage) => void): Promise<number> {
    const { uid } = this.#participant;
    return this.#client.attach(PLUGIN, {
      onMessage,
      onHangup: (reason) => this.#participant.close(`${uid}: ${reason}`),
    });
  }
}
