import { Audio, PeerConnection } from 'node-datachannel';

/** A client on libdatachannel, a stack that shares nothing with the browsers' ones. */
export class LibdatachannelClient {
  readonly #connection = new PeerConnection('client', { iceServers: [] });
  readonly #track;
  #described: (sdp: string) => void = () => {};

  constructor() {
    this.#connection.onLocalDescription((sdp) => this.#described(sdp));
    const audio = new Audio('audio', 'SendRecv');
    audio.addOpusCodec(111);
    audio.addSSRC(4711, 'cname');
    this.#track = this.#connection.addTrack(audio);
  }

  offer(): Promise<string> {
    return this.#description(() => this.#connection.setLocalDescription());
  }

  takeAnswer(sdp: string): void {
    this.#connection.setRemoteDescription(sdp, 'answer');
  }

  /** Sets the engine's offer; the stack answers by itself. */
  answer(sdp: string): Promise<string> {
    return this.#description(() => this.#connection.setRemoteDescription(sdp, 'offer'));
  }

  close(): void {
    this.#track.close();
    this.#connection.close();
  }

  #description(cause: () => void): Promise<string> {
    return new Promise((fulfil) => {
      this.#described = fulfil;
      cause();
    });
  }
}
