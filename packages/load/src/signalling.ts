/** How participants join an SFU, whichever it is: what its signalling and a participant ask of each other. */
import type { LocalDescription, RemoteTransport } from './sdp.js';

/** What a transport is there for: some SFUs take and give media over one, some want two. */
export type TransportUse = 'both' | 'sending' | 'receiving';

/** What a session may ask of the participant whose it is. */
export interface SignallingParticipant {
  readonly rid: string;
  readonly uid: string;
  /** Its credentials and certificate, and the stream that it publishes if it does. */
  readonly description: LocalDescription;
  /** Begins with ICE and DTLS. */
  openTransport(use: TransportUse, remote: RemoteTransport): void;
  /** Ends it: the SFU says that its transport is gone. */
  close(fault: string): void;
  /** The publisher `uid` will be heard under `ssrc`. */
  bind(ssrc: number, uid: string): void;
  /** Whoever speaks will be heard under `ssrc`. */
  bindSlot(ssrc: number): void;
}

/** One participant's signalling. Everything throws an Error when the SFU refuses or does not answer. */
export interface SignallingSession {
  /** Joins the room, and offers what the participant publishes. */
  publish(): Promise<void>;
  /** Takes what others have published since the last call; without news it is cheap. */
  subscribe(): Promise<void>;
  end(): Promise<void>;
}

/** The signalling of all participants of a process. */
export interface Signalling {
  sessionOf(participant: SignallingParticipant): SignallingSession;
  close(): void;
}
