/**
 * A participant inside a browser's page: Kraken's client procedure over the browser's own WebRTC. It publishes a tone
 * and hands out the decoded sound of what it receives. Plain JavaScript: it is injected as it is.
 */
class Agent {
  #options;
  #microphone = null;
  #connection = null;
  #cid = '';
  #streams = new Map();
  #events = [];
  #polling = false;
  #error = null;
  #offersToSkip = 0;
  #answersToKeep = 0;
  #pending = [];

  /**
   * `options`: url, room, uid, token (the access token, empty for none), tone (0 publishes nothing), microphone (`oscillator`, `speech` or the browser's
   * `fake` one),
   * policy (`all` or `relay`), pollMilliseconds, candidates (`all` or `tcp`: which of the engine's to use), mediaPort
   * (where media goes instead of the engine's UDP port; 0 for that port), deaf (plays nothing, and so decodes nothing),
   * opus (parameters that its SDP has for Opus besides the browser's own, `usedtx=1`),
   * prefersRedundancy (sends each packet with the one before, if that is accepted).
   */
  constructor(options) {
    this.#options = options;
  }

  async join() {
    const { room, uid, policy } = this.#options;
    const iceServers = await this.#call('turn', uid);
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: policy });
    this.#connection = connection;
    connection.ontrack = ({ track, streams }) => this.#attach(streams[0].id, track);
    connection.onicecandidate = ({ candidate }) => this.#trickle(candidate);
    await this.#addTone();
    const publishAt = Date.now();
    await connection.setLocalDescription();
    const { track, sdp } = await this.#call('publish', room, uid, this.#localDescription());
    this.#cid = track;
    await this.#setRemoteDescription(sdp);
    for (const candidate of this.#pending.splice(0)) await this.#sendCandidate(candidate);
    this.#poll();
    return { publishAt };
  }

  /** Leaves that many offers without any reaction. */
  skipOffers(count) {
    this.#offersToSkip = count;
  }

  /** Takes that many offers, but does not send the answer. */
  keepAnswers(count) {
    this.#answersToKeep = count;
  }

  async restart() {
    const { room, uid } = this.#options;
    const connection = this.#connection;
    await connection.setLocalDescription(await connection.createOffer({ iceRestart: true }));
    const { jsep } = await this.#callUntilAnswered('restart', room, uid, this.#cid, this.#localDescription());
    await this.#setRemoteDescription(JSON.parse(jsep));
  }

  /** Half a second of every stream that is not muted, as 16-bit samples. */
  hear() {
    const unmuted = [...this.#streams].filter(([, { track }]) => !track.muted);
    return Promise.all(
      unmuted.map(async ([id, { stream }]) => ({ id, ...(await window.KrakenSound.recordSound(stream)) })),
    );
  }

  /** Resolves with the time at which the first loud sound of a stream came out of the decoder. */
  async firstSound(id) {
    while (!this.#streams.has(id)) await window.KrakenSound.pause(2);
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 512 });
    context.createMediaStreamSource(this.#streams.get(id).stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    while (!samples.some((sample) => Math.abs(sample) > 0.05)) {
      await window.KrakenSound.pause(2);
      analyser.getFloatTimeDomainData(samples);
    }
    const heardAt = Date.now();
    await context.close();
    return heardAt;
  }

  async status() {
    const pair = await this.#selectedPair();
    return {
      cid: this.#cid,
      connectionState: this.#connection?.connectionState ?? 'new',
      error: this.#error,
      events: this.#events,
      localUfrag: /^a=ice-ufrag:(\S+)/m.exec(this.#connection?.localDescription?.sdp ?? '')?.[1] ?? '',
      ...pair,
    };
  }

  reception() {
    return window.KrakenNetwork.receptionOf(this.#connection);
  }

  /** All that getStats tells. */
  async report() {
    return [...(await this.#connection.getStats()).values()];
  }

  async leave() {
    this.#polling = false;
    await this.#call('end', this.#options.room, this.#options.uid, this.#cid);
    this.stop();
  }

  /** Goes without a word. */
  stop() {
    this.#polling = false;
    this.#microphone?.stop();
    this.#connection?.close();
    for (const { audio } of this.#streams.values()) audio.remove();
  }

  async #call(method, ...params) {
    const body = JSON.stringify({ id: method, method, params });
    const { url, token } = this.#options;
    const headers = { 'Content-Type': 'application/json' };
    if (token !== '') headers.Authorization = `Bearer ${token}`;
    const response = await fetch(url, { method: 'POST', headers, body });
    const { data, error } = await response.json();
    if (error)
      throw Object.assign(new Error(`${method}: ${error.code} ${error.description}`), { code: error.code });
    return data;
  }

  /** Who restarts ICE has often no network for a moment. */
  async #callUntilAnswered(method, ...params) {
    for (;;) {
      try {
        return await this.#call(method, ...params);
      } catch (error) {
        if (error.code !== undefined) throw error;
        await window.KrakenSound.pause(200);
      }
    }
  }

  async #addTone() {
    const { tone } = this.#options;
    if (tone === 0) {
      this.#connection.addTransceiver('audio', { direction: 'recvonly' });
      return;
    }
    const { track, stop } = await window.KrakenSound.microphones[this.#options.microphone](tone);
    this.#microphone = { stop };
    this.#connection.addTrack(track, new MediaStream([track]));
    if (this.#options.prefersRedundancy) this.#preferRedundancy();
  }

  #preferRedundancy() {
    const { codecs } = RTCRtpSender.getCapabilities('audio');
    const isRed = ({ mimeType }) => mimeType === 'audio/red';
    const [transceiver] = this.#connection.getTransceivers();
    transceiver.setCodecPreferences([...codecs.filter(isRed), ...codecs.filter((codec) => !isRed(codec))]);
  }

  /** Chromium lets a remote stream's sound flow only while an audio element plays it. */
  #attach(id, track) {
    if (this.#options.deaf) return;
    const stream = new MediaStream([track]);
    const audio = document.createElement('audio');
    audio.srcObject = stream;
    audio.muted = true;
    audio.play().catch(() => {});
    for (const [other, { track: known }] of this.#streams) if (known === track) this.#streams.delete(other);
    this.#streams.set(id, { track, stream, audio });
    track.onmute = () => this.#events.push({ type: 'mute', id });
    track.onunmute = () => this.#events.push({ type: 'unmute', id });
  }

  /** What the browser says about Opus is what it wants to get: it sends by what the engine says. */
  #localDescription() {
    const { type, sdp } = this.#connection.localDescription;
    const { opus } = this.#options;
    const wished = opus === '' ? sdp : sdp.replaceAll(/^(a=fmtp:\d+ .*useinbandfec=1)/gm, `$1;${opus}`);
    return JSON.stringify({ type, sdp: wished });
  }

  #setRemoteDescription({ type, sdp }) {
    const { candidates, mediaPort } = this.#options;
    if (mediaPort > 0)
      return this.#connection.setRemoteDescription(
        window.KrakenNetwork.withMediaPort({ type, sdp }, mediaPort),
      );
    if (candidates === 'all') return this.#connection.setRemoteDescription({ type, sdp });
    const lines = sdp.split('\r\n').filter((line) => !/^a=candidate:\S+ \d+ udp /i.test(line));
    return this.#connection.setRemoteDescription({ type, sdp: lines.join('\r\n') });
  }

  #trickle(candidate) {
    if (this.#cid) this.#sendCandidate(candidate).catch((error) => this.#fail(error));
    else this.#pending.push(candidate);
  }

  #sendCandidate(candidate) {
    return this.#call('trickle', this.#options.room, this.#options.uid, this.#cid, JSON.stringify(candidate));
  }

  async #poll() {
    this.#polling = true;
    while (this.#polling) {
      try {
        await this.#update();
      } catch (error) {
        this.#fail(error);
      }
      await window.KrakenSound.pause(this.#options.pollMilliseconds);
    }
  }

  /** A refusal is final; while the network is away, the next turn tries again. */
  #fail(error) {
    if (!this.#polling || error.code === undefined) return;
    this.#polling = false;
    this.#error = { code: error.code, message: error.message };
  }

  async #update() {
    const { room, uid } = this.#options;
    const connection = this.#connection;
    const offer = await this.#call('subscribe', room, uid, this.#cid);
    if (offer.type !== 'offer' || !this.#polling || connection.signalingState !== 'stable') return;
    if (this.#offersToSkip > 0) {
      this.#offersToSkip -= 1;
      this.#events.push({ type: 'skipped', id: '' });
      return;
    }
    await this.#setRemoteDescription(offer);
    await connection.setLocalDescription();
    if (this.#answersToKeep > 0) {
      this.#answersToKeep -= 1;
      this.#events.push({ type: 'kept', id: '' });
      return;
    }
    await this.#call('answer', room, uid, this.#cid, this.#localDescription());
  }

  async #selectedPair() {
    const report = await this.#connection?.getStats();
    const entries = new Map([...(report?.values() ?? [])].map((entry) => [entry.id, entry]));
    const pairs = [...entries.values()].filter(
      ({ type, nominated }) => type === 'candidate-pair' && nominated,
    );
    const pair = pairs.sort((one, other) => other.bytesSent - one.bytesSent)[0];
    const local = entries.get(pair?.localCandidateId);
    const remote = entries.get(pair?.remoteCandidateId);
    return {
      localType: local?.candidateType ?? '',
      localProtocol: local?.protocol ?? '',
      remoteAddress: remote?.address ?? '',
    };
  }
}

window.KrakenAgent = Agent;
