/** Stands in for the browser's peer connection: it keeps what it was told, in order. */
export class FakePeerConnection {
  readonly told: string[] = [];
  readonly configuration: RTCConfiguration;
  connectionState: RTCPeerConnectionState = 'new';
  signalingState: RTCSignalingState = 'stable';
  localDescription: RTCSessionDescriptionInit | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  #offers = 0;

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  addTransceiver(kind: unknown): { sender: object } {
    this.told.push(`transceiver ${String(kind)}`);
    return { sender: {} };
  }

  getTransceivers(): readonly object[] {
    return [];
  }

  async createOffer(): Promise<RTCSessionDescriptionInit> {
    this.#offers += 1;
    return { type: 'offer', sdp: `restart ${this.#offers}` };
  }

  async setLocalDescription(description?: RTCSessionDescriptionInit): Promise<void> {
    const answers = this.signalingState === 'have-remote-offer';
    const type = description?.type ?? (answers ? 'answer' : 'offer');
    this.told.push(`local ${type}`);
    this.localDescription = { type, sdp: description?.sdp ?? '' };
    this.signalingState = type === 'offer' ? 'have-local-offer' : 'stable';
  }

  async setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    if (type === 'offer' && this.signalingState === 'have-local-offer') throw new Error('glare');
    this.told.push(`remote ${type} ${sdp}`);
    this.signalingState = type === 'offer' ? 'have-remote-offer' : 'stable';
  }

  close(): void {
    this.told.push('close');
  }
}
