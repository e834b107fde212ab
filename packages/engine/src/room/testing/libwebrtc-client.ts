import wrtc from '@roamhq/wrtc';

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

interface TrackEvent {
  readonly track: { readonly id: string; readonly muted: boolean };
  readonly streams: readonly { readonly id: string }[];
  readonly transceiver: { readonly mid: string };
}

interface Transceiver {
  readonly mid: string | null;
  readonly currentDirection: string | null;
  direction: string;
}

/** What the tests use of RTCPeerConnection. */
interface Connection {
  ontrack: ((event: TrackEvent) => void) | null;
  readonly signalingState: string;
  addTrack(track: object): object;
  addTransceiver(kind: string, options: { direction: string }): Transceiver;
  createDataChannel(label: string): object;
  createOffer(options?: { iceRestart?: boolean }): Promise<Description>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  getTransceivers(): Transceiver[];
  restartIce(): void;
  close(): void;
}

/**
 * Everything that was made of the library's objects. It crashes now and then when the garbage collector frees a connection
 * that is being closed, or the data channel of one (WonderInventions/node-webrtc issue 35, node-webrtc issue 614).
 */
const kept: object[] = [];

/** A client on libwebrtc, the engine of Chromium and Safari. */
export class LibwebrtcClient {
  readonly connection: Connection = new wrtc.RTCPeerConnection();
  /** Streams and tracks in the order of their track events. */
  readonly tracks: { readonly streamId: string; readonly trackId: string; readonly mid: string }[] = [];

  constructor() {
    kept.push(this.connection);
    this.connection.ontrack = ({ track, streams, transceiver }) => {
      this.tracks.push({ streamId: streams[0]?.id ?? '', trackId: track.id, mid: transceiver.mid });
    };
  }

  addMicrophone(): void {
    const source = new wrtc.nonstandard.RTCAudioSource();
    const track = source.createTrack();
    kept.push(source, track);
    this.connection.addTrack(track);
  }

  addDataChannel(): void {
    kept.push(this.connection.createDataChannel('d'));
  }

  async offer(options: { iceRestart?: boolean } = {}): Promise<string> {
    return this.#setLocal(await this.connection.createOffer(options));
  }

  async takeAnswer(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Sets the engine's offer and answers it. */
  async answer(sdp: string): Promise<string> {
    await this.connection.setRemoteDescription({ type: 'offer', sdp });
    return this.#setLocal(await this.connection.createAnswer());
  }

  /** The direction of the m-line after the last negotiation. */
  directionOf(mid: string): string | null {
    return this.connection.getTransceivers().find((one) => one.mid === mid)?.currentDirection ?? null;
  }
  /**
   * The connection's localDescription is not read: the library writes gathered candidates into it in another thread, and
   * crashes now and then where they meet.
   */
  async #setLocal(description: Description): Promise<string> {
    await this.connection.setLocalDescription(description);
    return description.sdp;
  }
}
