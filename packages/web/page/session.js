/**
 * One stay in a room: a peer connection and the track id that the engine gave to it.
 * Negotiations run one after the other: the engine's offers and this side's restarts never meet.
 */
export class Session {
  #rpc;
  #room;
  #uid;
  #cid = '';
  #connection;
  #candidates = [];
  #last = Promise.resolve();
  #voices = new Map();
  #onVoices;

  /**
   * @param {object} options
   * @param {import('./rpc.js').Rpc} options.rpc
   * @param {string} options.room the room's id, escaped
   * @param {string} options.uid this participant's id, escaped
   * @param {RTCIceServer[]} options.iceServers
   * @param {MediaStreamTrack | null} options.microphone null for a listener
   * @param {() => void} options.onVoices called when the set of voices or their state changed
   * @param {(state: RTCPeerConnectionState) => void} options.onConnectionState
   */
  constructor({ rpc, room, uid, iceServers, microphone, onVoices, onConnectionState }) {
    this.#rpc = rpc;
    this.#room = room;
    this.#uid = uid;
    this.#onVoices = onVoices;
    const connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    if (microphone) connection.addTrack(microphone, new MediaStream([microphone]));
    else connection.addTransceiver('audio', { direction: 'recvonly' });
    connection.addEventListener('icecandidate', ({ candidate }) => this.#trickle(candidate));
    connection.addEventListener('connectionstatechange', () => onConnectionState(connection.connectionState));
    this.#connection = connection;
  }

  get connection() {
    return this.#connection;
  }

  /** @returns {Map<string, {uid: string, track: MediaStreamTrack, silent: boolean}>} the others, by mid */
  get voices() {
    return this.#voices;
  }

  /** Enters the room. */
  publish() {
    return this.#inTurn(async () => {
      await this.#connection.setLocalDescription();
      const { track, jsep } = await this.#call('publish', this.#room, this.#uid, this.#localDescription());
      this.#cid = track;
      await this.#connection.setRemoteDescription(JSON.parse(jsep));
      for (const candidate of this.#candidates.splice(0)) this.#sendCandidate(candidate);
    });
  }

  /** Asks for news; an offer is taken and answered. @returns {Promise<boolean>} whether there were news */
  poll() {
    return this.#inTurn(async () => {
      const { type, sdp } = await this.#call('subscribe', this.#room, this.#uid, this.#cid);
      if (type !== 'offer') return false;
      await this.#connection.setRemoteDescription({ type, sdp });
      await this.#connection.setLocalDescription();
      this.#readVoices(sdp);
      await this.#call('answer', this.#room, this.#uid, this.#cid, this.#localDescription());
      return true;
    });
  }

  /** Finds a new path to the engine; the room does not notice. */
  restart() {
    return this.#inTurn(async () => {
      await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart: true }));
      const { jsep } = await this.#call(
        'restart',
        this.#room,
        this.#uid,
        this.#cid,
        this.#localDescription(),
      );
      await this.#connection.setRemoteDescription(JSON.parse(jsep));
    });
  }

  /** Closes the connection and tells the engine, also from a page that is being unloaded. */
  end() {
    if (this.#cid) this.#rpc.send('end', [this.#room, this.#uid, this.#cid]);
    this.close();
  }

  /** Closes the connection without a word. */
  close() {
    this.#connection.close();
    this.#voices.clear();
  }

  #call(method, ...params) {
    return this.#rpc.call(method, params);
  }

  #localDescription() {
    return JSON.stringify(this.#connection.localDescription);
  }

  #inTurn(negotiation) {
    const result = this.#last.then(negotiation);
    this.#last = result.catch(() => {});
    return result;
  }

  #trickle(candidate) {
    if (!candidate?.candidate) return;
    if (this.#cid) this.#sendCandidate(candidate);
    else this.#candidates.push(candidate);
  }

  /** The engine answers connectivity checks from any address: a candidate that gets lost costs nothing. */
  #sendCandidate(candidate) {
    this.#call('trickle', this.#room, this.#uid, this.#cid, JSON.stringify(candidate)).catch(() => {});
  }

  /** m-lines are recycled: the same mid, and so the same receiver, may have got another publisher. */
  #readVoices(sdp) {
    const publishers = publishersOf(sdp);
    for (const { mid, receiver } of this.#connection.getTransceivers()) {
      const uid = publishers.get(mid);
      if (this.#voices.get(mid)?.uid === uid) continue;
      if (uid === undefined) this.#voices.delete(mid);
      else this.#voices.set(mid, this.#listen(uid, receiver.track));
    }
    this.#onVoices();
  }

  #listen(uid, track) {
    const voice = { uid, track, silent: false };
    track.onmute = () => this.#setSilent(voice, true);
    track.onunmute = () => this.#setSilent(voice, false);
    return voice;
  }

  #setSilent(voice, silent) {
    voice.silent = silent;
    this.#onVoices();
  }
}

/**
 * @param {string} sdp the engine's offer
 * @returns {Map<string, string>} who publishes on which mid; m-lines that carry nobody are left out
 */
export function publishersOf(sdp) {
  const publishers = new Map();
  for (const section of sdp.split(/\r?\n(?=m=)/).slice(1)) {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    const uid = /^a=msid:(\S+)/m.exec(section)?.[1];
    if (mid && uid && /^a=(sendrecv|sendonly)\s*$/m.test(section)) publishers.set(mid, uid);
  }
  return publishers;
}
