/** The SDK's face: everything that an application sees but functions and errors. */
import type { CallError } from './errors.js';

/** What `join` takes. */
export interface JoinOptions {
  /** Where the engine or the monitor takes calls, http or https. */
  readonly url: string | URL;
  /** The room's name, any text. */
  readonly room: string;
  /** The participant's name, shown to the others; 96 octets of UTF-8 are kept. */
  readonly name: string;
  /**
   * Who this is: the same id in the same room is the same participant, and takes its place. At most some 64 characters.
   * By default a random one that lives as long as the tab.
   */
  readonly id?: string;
  /** `false` only listens; constraints and tracks are used as they are. `true` by default. */
  readonly microphone?: boolean | MediaTrackConstraints | MediaStreamTrack;
  /**
   * For large rooms: hears so many at a time, those who speak, with nothing to negotiate as people come and go. The same number
   * for all of a room, at least as many as the server forwards, 32 at most. `auto`: as many as it forwards of the room as it is
   * entered; or else 6, if there are more than 30. By default everybody is heard.
   */
  readonly slots?: number | 'auto';
  /**
   * The access token of this participant, where the server asks for one: a text, or a function that gets a fresh one whenever
   * the last has expired.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Joins muted. */
  readonly muted?: boolean;
  /** `false` leaves it to the application to play each `participant.stream`. `true` by default. */
  readonly output?: boolean;
  /** In place of those that the server hands out. */
  readonly iceServers?: RTCIceServer[];
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** Aborts joining; once `join` has resolved it does nothing. */
  readonly signal?: AbortSignal;
}

/**
 * - `connected`: all is well.
 * - `unanswered`: sound flows, but the server answers no calls, so that nobody new appears.
 * - `reconnecting`: no sound; the SDK is working on it.
 * - `ended`: for good.
 */
export type CallState = 'connected' | 'unanswered' | 'reconnecting' | 'ended';

/** Of a connection, as people would judge what they hear. `unknown` while nothing flows. */
export type Quality = 'good' | 'fair' | 'poor' | 'unknown';

/** Why somebody left; `unknown` where the server pushes no news. */
export type LeftReason =
  | 'ended'
  | 'displaced'
  | 'removed'
  | 'room-closed'
  | 'moved'
  | 'lost'
  | 'refused'
  | 'shutdown'
  | 'unknown';

/** Why the call ended for this participant. */
export type EndedReason =
  | 'left'
  | 'displaced'
  | 'removed'
  | 'room-closed'
  | 'refused'
  | 'room-full'
  | 'unreachable';

/** `ended`: the device went away, and another one is being looked for. `none`: nothing is sent. */
export type MicrophoneState = 'live' | 'ended' | 'none';

/** What a participant may do, by its token or since somebody has decided otherwise. */
export interface Permissions {
  /** Be heard. */
  readonly publish: boolean;
  /** Hear the others. */
  readonly subscribe: boolean;
}

/** Somebody in the room. The object stays the same for as long as they are there. */
export interface Participant {
  /** Identifies them; opaque. */
  readonly uid: string;
  /** By their access token, or else as they have joined. */
  readonly name: string;
  /** They have muted themselves. */
  readonly muted: boolean;
  /** The operator has muted them. */
  readonly silenced: boolean;
  /** Of those of whom the server does not tell, everything. */
  readonly permissions: Permissions;
  readonly speaking: boolean;
  /** Their sound reaches the server. */
  readonly publishing: boolean;
  /**
   * Their sound; null for those who only listen and, with `slots`, for those who are silent. It is another object after a
   * reconnection.
   */
  readonly stream: MediaStream | null;
  /** How loud they are right now, 0 to 1, as it is perceived. Measured while somebody listens for `levels`. */
  readonly level: number;
  /** Of what comes from them; of what goes out, for oneself. */
  readonly quality: Quality;
  /** How loud they are played, 0 to 1. */
  volume: number;
}

/** Of one direction of a stream, over the last two seconds or so. */
export interface StreamStatistics {
  /** Share of packets that got lost, 0 to 1. */
  readonly loss: number;
  /** Milliseconds, RFC 3550 section 6.4.1. */
  readonly jitter: number;
  /** Share of the sound that the browser made up for lack of packets, 0 to 1; null for what goes out. */
  readonly concealed: number | null;
  /** Bits per second. */
  readonly bitrate: number;
}

export interface CallStatistics {
  /** To the server and back, in milliseconds; null while unknown. */
  readonly roundTripTime: number | null;
  /** Whether the server pushes news over a WebSocket, or is asked for them. */
  readonly signalling: 'websocket' | 'polling';
  /** What the media goes over, `udp` or `tcp`; null while unknown. */
  readonly protocol: string | null;
  /** What goes out; null while nothing does. */
  readonly sent: StreamStatistics | null;
  /** What comes in, by the participants' uids. */
  readonly received: ReadonlyMap<string, StreamStatistics>;
}

/** The events of a call, by their type. */
export interface CallEventMap {
  state: Event & { readonly state: CallState };
  joined: Event & { readonly participant: Participant };
  left: Event & { readonly participant: Participant; readonly reason: LeftReason };
  /** Anything of the participant but level, volume, speaking and quality has changed; it may be oneself. */
  updated: Event & { readonly participant: Participant };
  /** The participant began or stopped to speak; it may be oneself. */
  speaking: Event & { readonly participant: Participant };
  /** About ten times a second, while somebody listens for it: each `level` is new. */
  levels: Event;
  quality: Event & { readonly participant: Participant };
  /** What this participant may do has changed. Who may not be heard sends nothing. */
  permissions: Event & { readonly permissions: Permissions };
  /** The browser plays no sound before somebody clicks: call `resumeAudio` then. */
  'audio-blocked': Event;
  microphone: Event & { readonly state: MicrophoneState };
  /** The server will soon have the call go on elsewhere: nothing needs to be done. */
  draining: Event;
  ended: Event & { readonly reason: EndedReason; readonly error: CallError | null };
}

/** A participant's call, from joining to leaving, over all reconnections. */
export interface Call extends EventTarget {
  readonly room: string;
  readonly state: CallState;
  /** Oneself. */
  readonly me: Participant;
  /** The others, by their uids. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** Whether this participant sends no sound, by choice or for lack of a microphone. */
  readonly muted: boolean;
  mute(): void;
  /**
   * Asks for the microphone if there is none yet.
   * @throws CallError when it cannot be had
   */
  unmute(): Promise<void>;
  /**
   * Talks with another microphone, a device or a track of the application's, without a gap for the others. Who is muted
   * stays so.
   * @param microphone `null` gives the microphone back and only listens
   * @throws CallError when it cannot be had; the former one is kept then
   */
  setMicrophone(microphone: string | MediaStreamTrack | null): Promise<void>;
  /**
   * Plays the others on another device.
   * @throws CallError `unsupported` where the browser lets no page choose
   */
  setOutput(deviceId: string): Promise<void>;
  /** Call it from a click, after `audio-blocked`. */
  resumeAudio(): Promise<void>;
  /**
   * How the connection has been for the last seconds.
   * @throws CallError `unreachable` while there is no connection
   */
  statistics(): Promise<CallStatistics>;
  /** Goes, at any time. */
  leave(): void;
  addEventListener<Type extends keyof CallEventMap>(
    type: Type,
    listener: (event: CallEventMap[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof CallEventMap>(
    type: Type,
    listener: (event: CallEventMap[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
