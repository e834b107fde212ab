import type {
  Call,
  CallEventMap,
  CallState,
  CallStatistics,
  JoinOptions,
  LeftReason,
  Participant,
  Permissions,
} from './api.js';
import { AbortedError, NoMicrophoneError, UnreachableError } from './errors.js';
import { Homecoming } from './homecoming.js';
import { escapeId } from './identity.js';
import { Levels } from './levels.js';
import type { Member } from './member.js';
import { Microphone } from './microphone.js';
import { openMicrophone } from './open-microphone.js';
import { Playback } from './playback.js';
import { QualityWatch } from './quality-watch.js';
import { Roster } from './roster.js';
import { Seat } from './seat.js';
import type { Session } from './session.js';
import type { AccessToken } from './signalling/access-token.js';
import type { LiveParticipant, Notification } from './signalling/protocol.js';

/** What an event carries besides being one. */
type Detail<Type extends keyof CallEventMap> = Omit<CallEventMap[Type], keyof Event>;

/** The call as `join` hands it out: puts microphone, seat, roster and sound together. */
export class KrakenCall extends EventTarget implements Call {
  readonly room: string;
  readonly #seat: Seat;
  readonly #roster: Roster;
  readonly #microphone: Microphone;
  readonly #playback: Playback | null;
  readonly #levels: Levels;
  readonly #quality: QualityWatch;
  readonly #levelListeners = new Set<unknown>();
  #state: CallState = 'reconnecting';
  readonly #homecoming = new Homecoming();
  #microphoneChanges = 0;
  /** What was told of last. */
  #obeyed: Permissions;

  /** @param uid this participant's id, escaped */
  constructor(options: JoinOptions, url: string, uid: string, token: AccessToken) {
    super();
    this.room = options.room;
    const { iceServers, iceTransportPolicy, microphone } = options;
    const constraints = isConstraints(microphone) ? microphone : {};
    this.#microphone = new Microphone(constraints, options.muted === true || microphone === false, () =>
      this.#onMicrophoneLost(),
    );
    this.#playback =
      options.output === false ? null : new Playback(() => this.#dispatch('audio-blocked', {}));
    this.#roster = new Roster(uid, {
      onJoined: (participant) => this.#onJoined(participant),
      onLeft: (participant, reason) => this.#onLeft(participant, reason),
      onUpdated: (participant) => this.#onUpdated(participant),
      onSpeaking: (participant) => this.#dispatch('speaking', { participant }),
      onVolume: ({ uid: other, volume }) =>
        this.#playback?.setVolume(this.#roster.voiceOf(other)?.player ?? other, volume),
    });
    this.#obeyed = this.#roster.me.permissions;
    const configuration = {
      ...(iceServers === undefined ? {} : { iceServers }),
      ...(iceTransportPolicy === undefined ? {} : { iceTransportPolicy }),
    };
    this.#seat = new Seat(
      {
        url,
        room: escapeId(options.room),
        uid,
        configuration,
        microphone: () => this.#permitted(this.#microphone.track),
        slots: options.slots ?? 0,
        token,
      },
      {
        onState: (state) => this.#onState(state),
        onEntered: (session) => this.#onEntered(session),
        onVoices: (session) => this.#onVoices(session),
        onListed: (uids) => this.#onListed(uids),
        onNotification: (notification) => this.#onNotification(notification),
        onEnded: (reason, error) => this.#onEnded(() => this.#dispatch('ended', { reason, error })),
      },
    );
    this.#levels = new Levels({
      roster: this.#roster,
      microphone: () => (this.muted ? null : this.#microphone.track),
      tellsSpeaking: () => !this.#seat.isAttached,
      onLevels: () => this.#onLevels(),
    });
    this.#quality = new QualityWatch(
      this.#roster,
      () => this.#seat.session,
      (participant) => this.#dispatch('quality', { participant }),
    );
  }

  get state(): CallState {
    return this.#state;
  }

  get me(): Participant {
    return this.#roster.me;
  }

  get participants(): ReadonlyMap<string, Participant> {
    return this.#roster.others;
  }

  get muted(): boolean {
    return this.#microphone.muted;
  }

  /**
   * Enters the room, with the microphone if there is to be one.
   * @throws CallError
   */
  async enter(microphone: JoinOptions['microphone'] = true): Promise<void> {
    try {
      if (microphone instanceof MediaStreamTrack) this.#take(microphone, false);
      else if (microphone !== false) this.#take(await this.#open(this.#microphone.constraints), true);
      this.#roster.me.muted = this.muted;
      await this.#seat.join();
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  mute(): void {
    this.#setMuted(true);
  }

  async unmute(): Promise<void> {
    if (this.#microphone.track === null) await this.#change(this.#open(this.#microphone.constraints), true);
    this.#setMuted(false);
  }

  async setMicrophone(microphone: string | MediaStreamTrack | null): Promise<void> {
    if (typeof microphone === 'string') {
      const constraints = { ...this.#microphone.constraints, deviceId: { exact: microphone } };
      await this.#change(this.#open(constraints), true);
    } else {
      await this.#change(Promise.resolve(microphone), false);
    }
  }

  async setOutput(deviceId: string): Promise<void> {
    await this.#playback?.setOutput(deviceId);
  }

  async resumeAudio(): Promise<void> {
    await Promise.all([this.#playback?.resume(), this.#levels.resume()]);
  }

  async statistics(): Promise<CallStatistics> {
    const { session } = this.#seat;
    if (session === null) throw new UnreachableError('there is no connection right now');
    const signalling = this.#seat.isAttached ? 'websocket' : 'polling';
    return { signalling, ...(await this.#quality.statistics(session)) };
  }

  leave(): void {
    this.#seat.end('left');
  }

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
    // It may have happened while the application was still waiting for `join`.
    if (type === 'audio-blocked' && this.#playback?.isBlocked === true)
      queueMicrotask(() => this.#dispatch('audio-blocked', {}));
    if (type !== 'levels' || this.#state === 'ended') return;
    this.#levelListeners.add(listener);
    if (typeof options === 'object')
      options.signal?.addEventListener('abort', () => this.#forgetLevelListener(listener));
    this.#measureAsNeeded();
  }

  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener, options);
    if (type === 'levels') this.#forgetLevelListener(listener);
  }

  #forgetLevelListener(listener: unknown): void {
    this.#levelListeners.delete(listener);
    this.#measureAsNeeded();
  }

  /** Without a server that tells who speaks, levels do. */
  #measureAsNeeded(): void {
    const isNeeded = this.#levelListeners.size > 0 || !this.#seat.isAttached;
    if (isNeeded && this.#state !== 'ended') this.#levels.start();
    else this.#levels.stop();
  }

  #onLevels(): void {
    if (this.#levelListeners.size > 0) this.#dispatch('levels', {});
    else this.#measureAsNeeded();
  }

  get #patience(): number {
    return this.#homecoming.patience(this.#seat.session, performance.now());
  }

  #onState(state: CallState): void {
    this.#state = state;
    this.#measureAsNeeded();
    this.#showMe();
    this.#dispatch('state', { state });
  }

  #onEntered(session: Session): void {
    this.#homecoming.enter(session, performance.now());
    if (this.muted) session.tellMuted(true).catch(() => {});
    this.#send(session, this.#microphone.track);
  }

  #onNotification({ method, params }: Notification): void {
    const { me } = this.#roster;
    if (method === 'participants') this.#onParticipants(params.participants);
    else if (method === 'permitted' && me.permit(params.permissions)) this.#onUpdated(me);
    else if (method === 'joined' || method === 'updated') this.#roster.put(params.participant);
    else if (method === 'left') this.#roster.remove(params);
    else if (method === 'draining') this.#dispatch('draining', {});
  }

  /** What was said while the server did not listen is said again. */
  #onParticipants(states: readonly LiveParticipant[]): void {
    const me = states.find(({ uid }) => uid === this.me.uid);
    if (me !== undefined && me.muted !== this.muted) this.#tellMuted();
    this.#roster.reset(states, this.#patience);
  }

  #onListed(uids: readonly string[]): void {
    this.#roster.list(uids, this.#patience);
    this.#measureAsNeeded();
    this.#showMe();
  }

  /** Where voices change places, what plays them stays: it would take a moment to begin. */
  #onVoices({ voices, slots }: Session): void {
    this.#roster.hear(voices.values(), !this.#seat.isAttached && slots.length === 0);
    for (const { mid, stream, player } of slots) {
      const volume = this.#roster.others.get(voices.get(mid)?.uid ?? '')?.volume ?? 1;
      this.#playback?.play(player, stream, volume);
      this.#playback?.setVolume(player, volume);
    }
  }

  #play({ uid, volume }: Member, stream: MediaStream | null): void {
    const hasSlots = (this.#seat.session?.slots.length ?? 0) > 0;
    if (!hasSlots) this.#playback?.play(uid, stream, volume);
  }

  #onJoined(participant: Member): void {
    this.#play(participant, participant.stream);
    this.#dispatch('joined', { participant });
  }

  #onLeft(participant: Member, reason: LeftReason): void {
    this.#play(participant, null);
    this.#dispatch('left', { participant, reason });
  }

  #onUpdated(participant: Member): void {
    if (participant !== this.#roster.me) this.#play(participant, participant.stream);
    this.#dispatch('updated', { participant });
    if (participant === this.#roster.me) this.#obey(participant.permissions);
  }

  /** Who may not be heard sends nothing, and is heard at once when that ends. */
  #obey(permissions: Permissions): void {
    const { publish, subscribe } = this.#obeyed;
    if (permissions.publish === publish && permissions.subscribe === subscribe) return;
    this.#obeyed = permissions;
    this.#send(this.#seat.session, this.#microphone.track);
    this.#dispatch('permissions', { permissions });
  }

  /** @returns what may be sent */
  #permitted(track: MediaStreamTrack | null): MediaStreamTrack | null {
    return this.#roster.me.permissions.publish ? track : null;
  }

  #onEnded(tell: () => void): void {
    this.#levels.stop();
    this.#quality.stop();
    this.#roster.close();
    this.#playback?.close();
    this.#microphone.release();
    tell();
  }

  #setMuted(muted: boolean): void {
    if (this.#state === 'ended') return;
    this.#microphone.setMuted(muted);
    this.#tellMuted();
    this.#showMe();
  }

  #tellMuted(): void {
    this.#seat.session?.tellMuted(this.muted).catch(() => {});
  }

  /** What this side knows best of oneself; whether the sound reaches the server, a server that pushes nothing does not say. */
  #showMe(): void {
    const { me } = this.#roster;
    const muted = this.muted;
    const flows = this.#state === 'connected' && this.#microphone.track !== null;
    const publishing = this.#seat.isAttached ? me.publishing : flows;
    if (me.muted === muted && me.publishing === publishing) return;
    Object.assign(me, { muted, publishing });
    this.#dispatch('updated', { participant: me });
  }

  /** @returns a microphone; if the call is over by then, it is given back at once */
  async #open(constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
    const track = await openMicrophone(constraints);
    if (this.#state !== 'ended') return track;
    track.stop();
    throw new AbortedError();
  }

  /** A connection that is being closed takes no track: the next one begins with it. */
  async #send(session: Session | null, microphone: MediaStreamTrack | null): Promise<void> {
    const track = this.#permitted(microphone);
    if (session !== null && session.sender.track !== track)
      await session.sender.replaceTrack(track).catch(() => {});
  }

  #take(track: MediaStreamTrack | null, isOurs: boolean): void {
    this.#microphone.take(track, isOurs);
    this.#roster.me.stream = track === null ? null : new MediaStream([track]);
  }

  /** The latest of several changes counts, whatever the user answers first. */
  async #change(opened: Promise<MediaStreamTrack | null>, isOurs: boolean): Promise<void> {
    this.#microphoneChanges += 1;
    const change = this.#microphoneChanges;
    const track = await opened;
    if (change !== this.#microphoneChanges || this.#state === 'ended') {
      if (isOurs) track?.stop();
      throw new AbortedError();
    }
    const hadOne = this.#microphone.track !== null;
    // The old one is stopped when the new one is being sent; a session that began meanwhile has the old one.
    if (track !== null) await this.#send(this.#seat.session, track);
    this.#take(track, isOurs);
    if (track !== null) await this.#send(this.#seat.session, track);
    // A server ends who has been sending and stops: who gives the microphone back enters as a listener.
    else if (hadOne) this.#seat.rejoin();
    this.#dispatch('microphone', { state: track === null ? 'none' : 'live' });
    this.#setMuted(this.muted);
  }

  async #onMicrophoneLost(): Promise<void> {
    this.#dispatch('microphone', { state: 'ended' });
    const { isOurs, constraints } = this.#microphone;
    const { deviceId: _gone, ...others } = constraints;
    try {
      if (!isOurs) throw new NoMicrophoneError();
      await this.#change(this.#open(others), true);
    } catch (error) {
      if (error instanceof AbortedError) return;
      await this.#change(Promise.resolve(null), false).catch(() => {});
    }
  }

  #dispatch<Type extends keyof CallEventMap>(type: Type, detail: Detail<Type>): void {
    this.dispatchEvent(Object.assign(new Event(type), detail));
  }
}

function isConstraints(microphone: JoinOptions['microphone']): microphone is MediaTrackConstraints {
  return typeof microphone === 'object' && !(microphone instanceof MediaStreamTrack);
}
