import { isPassing, PEER_CLOSED, PEER_NOT_FOUND, ROOM_FULL, RpcError, TRACK_NOT_FOUND } from './rpc.js';
import { Session } from './session.js';

/** After a change, more changes are likely: ask often, then as seldom as Kraken's other clients. */
const POLL_SCHEDULE = [
  { until: 5_000, every: 500 },
  { until: 20_000, every: 1_000 },
  { until: Number.POSITIVE_INFINITY, every: 3_000 },
];
const LIST_INTERVAL_MILLISECONDS = 3_000;
const TURN_TIMEOUT_MILLISECONDS = 3_000;
const RETRY_MILLISECONDS = 1_500;
/** A path that is broken for a moment heals by itself; after this time a new one is looked for. */
const DISCONNECTED_MILLISECONDS = 4_000;
const FAILURES_BEFORE_REJOIN = 5;

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * A participant's call from joining to leaving, over as many sessions as the network makes necessary.
 * Events: `state`, `roster`, `ended` (with `detail.reason`: `left`, `displaced` or `room-full`).
 */
export class Call extends EventTarget {
  #rpc;
  #room;
  #uid;
  #microphone;
  #session = null;
  #state = 'joining';
  #listed = [];
  #listedAt = 0;
  #voiced = new Set();
  #restartTimer = 0;

  /** @param {{rpc: import('./rpc.js').Rpc, room: string, uid: string, microphone: MediaStreamTrack | null}} options */
  constructor({ rpc, room, uid, microphone }) {
    super();
    this.#rpc = rpc;
    this.#room = room;
    this.#uid = uid;
    this.#microphone = microphone;
  }

  get connection() {
    return this.#session?.connection ?? null;
  }

  get uid() {
    return this.#uid;
  }

  get microphone() {
    return this.#microphone;
  }

  /** `joining`, `connected`, `unanswered` (sound may flow, but nobody answers calls), `reconnecting` or `ended`. */
  get state() {
    return this.#state;
  }

  /** @returns {{uid: string, track: MediaStreamTrack | null, present: boolean}[]} everyone else in the room */
  get roster() {
    const others = new Map();
    for (const uid of this.#listed) others.set(uid, { uid, track: null, present: true });
    for (const { uid, track, silent } of this.#session?.voices.values() ?? []) {
      others.set(uid, { uid, track, present: !silent });
    }
    others.delete(this.#uid);
    return [...others.values()];
  }

  /** @throws {RpcError | UnreachableError} when the room cannot be entered */
  async join() {
    await this.#enter();
  }

  /** Talks with another microphone; a listener thereby becomes a speaker. */
  async setMicrophone(track) {
    const sender = this.#microphone && this.connection?.getSenders()[0];
    this.#microphone = track;
    if (sender) await sender.replaceTrack(track);
    else await this.#rejoin(this.#session);
  }

  leave() {
    this.#end('left');
  }

  async #enter() {
    const iceServers = await this.#iceServers();
    if (this.#state === 'ended') return;
    const session = new Session({
      rpc: this.#rpc,
      room: this.#room,
      uid: this.#uid,
      iceServers,
      microphone: this.#microphone,
      onVoices: () => this.#onVoices(session),
      onConnectionState: (state) => this.#onConnectionState(session, state),
    });
    this.#session = session;
    try {
      await session.publish();
    } catch (error) {
      session.close();
      throw error;
    }
    if (session === this.#session) this.#poll(session);
    else session.end();
  }

  /** TURN servers help where UDP is blocked; a room without them is entered all the same. */
  async #iceServers() {
    const asked = this.#rpc.call('turn', [this.#uid]).catch(() => []);
    const servers = await Promise.race([asked, sleep(TURN_TIMEOUT_MILLISECONDS)]);
    return Array.isArray(servers) ? servers : [];
  }

  async #poll(session) {
    let changedAt = performance.now();
    let failures = 0;
    while (session === this.#session) {
      try {
        if (await session.poll()) changedAt = performance.now();
        await this.#list();
        failures = 0;
        this.#settle(session);
      } catch (error) {
        if (!isPassing(error)) failures += 1;
        this.#onFailure(session, error, failures);
      }
      const quiet = performance.now() - changedAt;
      await sleep(POLL_SCHEDULE.find(({ until }) => quiet < until).every);
    }
  }

  /** Voices come with the offers; the list adds those who only listen. */
  async #list() {
    const now = performance.now();
    if (now - this.#listedAt < LIST_INTERVAL_MILLISECONDS) return;
    this.#listedAt = now;
    const { peers } = await this.#rpc.call('list', [this.#room]);
    this.#listed = peers.map(({ id }) => id);
    this.#dispatch('roster');
  }

  /** Who had a voice and lost it has left, whatever an older list says. */
  #onVoices(session) {
    const voiced = new Set([...session.voices.values()].map(({ uid }) => uid));
    this.#listed = this.#listed.filter((uid) => voiced.has(uid) || !this.#voiced.has(uid));
    this.#listedAt = 0;
    this.#voiced = voiced;
    this.#dispatch('roster');
  }

  #onFailure(session, error, failures) {
    if (session !== this.#session) return;
    if (isPassing(error)) {
      this.#setState(session.connection.connectionState === 'connected' ? 'unanswered' : 'reconnecting');
      return;
    }
    const code = error instanceof RpcError ? error.code : 0;
    if (code === TRACK_NOT_FOUND) this.#end('displaced');
    else if (code === PEER_NOT_FOUND || code === PEER_CLOSED) this.#rejoin(session);
    else if (failures >= FAILURES_BEFORE_REJOIN) this.#rejoin(session);
  }

  #onConnectionState(session, state) {
    if (session !== this.#session) return;
    clearTimeout(this.#restartTimer);
    if (state === 'connected') this.#settle(session);
    if (state === 'failed') this.#restart(session);
    if (state === 'disconnected') {
      if (this.#state === 'unanswered') this.#setState('reconnecting');
      this.#restartTimer = setTimeout(() => this.#restart(session), DISCONNECTED_MILLISECONDS);
    }
  }

  #settle(session) {
    if (session === this.#session && session.connection.connectionState === 'connected')
      this.#setState('connected');
  }

  /** The path to the engine broke: find another one, and start from the beginning if that is refused. */
  async #restart(session) {
    while (session === this.#session && session.connection.connectionState !== 'connected') {
      this.#setState('reconnecting');
      try {
        await session.restart();
        return;
      } catch (error) {
        if (error instanceof RpcError && !isPassing(error)) {
          this.#onFailure(session, error, FAILURES_BEFORE_REJOIN);
          return;
        }
        await sleep(RETRY_MILLISECONDS);
      }
    }
  }

  async #rejoin(session) {
    if (session !== this.#session || this.#state === 'ended') return;
    this.#setState('reconnecting');
    session?.close();
    this.#session = null;
    while (this.#state !== 'ended') {
      try {
        await this.#enter();
        return;
      } catch (error) {
        if (error instanceof RpcError && error.code === ROOM_FULL) this.#end('room-full');
        await sleep(RETRY_MILLISECONDS);
      }
    }
  }

  #end(reason) {
    if (this.#state === 'ended') return;
    const session = this.#session;
    this.#session = null;
    clearTimeout(this.#restartTimer);
    session?.end();
    this.#setState('ended');
    this.dispatchEvent(new CustomEvent('ended', { detail: { reason } }));
  }

  #setState(state) {
    if (this.#state === state || this.#state === 'ended') return;
    this.#state = state;
    this.#dispatch('state');
  }

  #dispatch(type) {
    this.dispatchEvent(new Event(type));
  }
}
