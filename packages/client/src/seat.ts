import type { CallState, EndedReason } from './api.js';
import { BackOff } from './back-off.js';
import { AbortedError, type CallError, NotAllowedError, RefusedError, UnreachableError } from './errors.js';
import { MediaPath } from './media-path.js';
import { News } from './news.js';
import { Pause } from './pause.js';
import { callErrorOf, endedBy, isBusy, stateOf, verdictOn } from './recovery.js';
import { Session } from './session.js';
import type { AccessToken } from './signalling/access-token.js';
import { Link } from './signalling/link.js';
import { member, type Notification } from './signalling/protocol.js';
import { watchSurroundings } from './surroundings.js';

/** How long joining waits for a socket before it goes on over HTTP. */
const SOCKET_MILLISECONDS = 1_500;
/** How long joining waits for what is of use and not needed. */
const ASK_MILLISECONDS = 3_000;
/** In a room of more than that, `auto` asks for slots, as many as servers forward when they begin to forward the loudest. */
const LARGE_ROOM = 30;
const LARGE_ROOM_SLOTS = 6;
/** Servers give no more. */
const MAX_SLOTS = 32;
/** How long joining puts up with a server that answers that it cannot yet. */
const BUSY_MILLISECONDS = 15_000;
/** How long media may take to flow at first. */
const FIRST_MEDIA_MILLISECONDS = 20_000;
const FIRST_RETRY_MILLISECONDS = 500;
const LONGEST_RETRY_MILLISECONDS = 4_000;
/** Failures on end, of a kind that nothing is known of, before the room is entered anew. */
const FAILURES_BEFORE_REJOIN = 5;
/** Ticks of a second without media, awake and with a network, after which nobody waits any longer. */
const GIVE_UP_TICKS = 600;

export interface SeatOptions {
  readonly url: string;
  /** The room's id, escaped. */
  readonly room: string;
  /** This participant's id, escaped. */
  readonly uid: string;
  readonly configuration: RTCConfiguration;
  readonly microphone: () => MediaStreamTrack | null;
  readonly slots: number | 'auto';
  readonly token: AccessToken;
}

export interface SeatEvents {
  onState(state: CallState): void;
  /** The room was entered, for the first time or again. */
  onEntered(session: Session): void;
  onVoices(session: Session): void;
  onListed(uids: readonly string[]): void;
  onNotification(notification: Notification): void;
  onEnded(reason: EndedReason, error: CallError | null): void;
}

/** A participant's place in a room, kept over as many sessions as the network makes necessary. */
export class Seat {
  readonly #options: SeatOptions;
  readonly #events: SeatEvents;
  readonly #link: Link;
  readonly #news: News;
  readonly #pause = new Pause();
  readonly #rejoinBackOff = new BackOff(FIRST_RETRY_MILLISECONDS, LONGEST_RETRY_MILLISECONDS);
  readonly #unwatch: () => void;
  #session: Session | null = null;
  /** Settles when it is known whether the last session has entered the room. */
  #publishing: Promise<void> = Promise.resolve();
  #path: MediaPath | null = null;
  #state: CallState | null = null;
  #serverAnswers = true;
  /** Since media has flowed. */
  #rejoins = 0;
  #attempts = 0;
  #badOffers = 0;
  #silentTicks = 0;
  #error: CallError | null = null;

  constructor(options: SeatOptions, events: SeatEvents) {
    this.#options = options;
    this.#events = events;
    this.#link = new Link(options.url, options.room, options.token, {
      onOpen: () => this.#attach(),
      onClosed: () => this.#news.start(),
      onNotification: (notification) => this.#onNotification(notification),
    });
    this.#news = new News({
      link: this.#link,
      room: options.room,
      session: () => this.#session,
      onAnswered: (session) => this.#onAnswered(session),
      onFailed: (session, error, failures) => this.#onFailed(session, error, failures),
      onListed: (uids) => events.onListed(uids),
    });
    this.#unwatch = watchSurroundings({
      onNetwork: () => this.#lookAround(),
      onWake: () => this.#lookAround(),
      onTick: () => this.#tick(),
      onUnload: () => this.end('left'),
    });
  }

  get session(): Session | null {
    return this.#session;
  }

  /** Whether the server pushes news. */
  get isAttached(): boolean {
    return this.#link.isAttached;
  }

  get #isOver(): boolean {
    return this.#state === 'ended';
  }

  /**
   * Enters the room for the first time.
   * @throws CallError
   */
  async join(): Promise<void> {
    const deadline = performance.now() + BUSY_MILLISECONDS;
    for (;;) {
      try {
        await this.#enter();
        return await this.#firstMedia();
      } catch (error) {
        if (this.#isOver || !isBusy(error) || performance.now() > deadline) throw callErrorOf(error);
        this.#link.renew();
        await this.#pause.wait(FIRST_RETRY_MILLISECONDS);
      }
    }
  }

  /** Enters the room anew, as what the microphone says by then: a speaker or a listener. */
  rejoin(): void {
    if (this.#session !== null) this.#rejoin(this.#session);
  }

  /** Goes for good; what the server says afterwards does not count. */
  end(reason: EndedReason, error: CallError | null = null): void {
    if (this.#isOver) return;
    this.#state = 'ended';
    this.#error = error ?? (reason === 'left' ? new AbortedError() : new RefusedError(reason));
    this.#attempts += 1;
    this.#unwatch();
    this.#session?.end();
    this.#forgetSession();
    this.#news.stop();
    const stop = (): void => this.#link.stop();
    this.#publishing.then(stop, stop);
    this.#pause.hurry();
    this.#events.onState('ended');
    this.#events.onEnded(reason, error);
  }

  async #enter(): Promise<void> {
    // Of two sessions the server keeps the one that came last.
    await this.#publishing.catch(() => {});
    const [iceServers, slots] = await Promise.all([
      this.#iceServers(),
      this.#slots(),
      this.#link.settled(SOCKET_MILLISECONDS),
    ]);
    if (this.#isOver) return;
    const session = this.#newSession(iceServers, slots);
    this.#session = session;
    try {
      this.#publishing = session.publish();
      await this.#publishing;
    } catch (error) {
      session.close();
      if (session === this.#session) this.#forgetSession();
      throw error;
    }
    if (session !== this.#session) {
      session.end();
      return;
    }
    this.#serverAnswers = true;
    this.#events.onEntered(session);
    this.#attach();
    this.#news.start();
    this.#news.hurry();
  }

  #newSession(iceServers: RTCIceServer[], slots: number): Session {
    const { room, uid, configuration, microphone } = this.#options;
    const session: Session = new Session({
      link: this.#link,
      room,
      uid,
      configuration: { iceServers, ...configuration },
      microphone: microphone(),
      slots,
      onVoices: () => this.#onVoices(session),
      onConnectionState: (state) => path.take(state),
    });
    const path: MediaPath = new MediaPath(session, {
      onChange: () => this.#settle(),
      onAnswered: () => this.#onAnswered(session),
      onFailed: (error) =>
        this.#onFailed(session, error, verdictOn(error) === 'wait' ? 0 : FAILURES_BEFORE_REJOIN),
    });
    this.#path = path;
    return session;
  }

  #forgetSession(): void {
    this.#path?.stop();
    this.#path = null;
    this.#session = null;
  }

  /** TURN servers help where UDP is blocked; a room without them is entered all the same. */
  async #iceServers(): Promise<RTCIceServer[]> {
    if (this.#options.configuration.iceServers !== undefined) return [];
    const servers = await this.#ask('turn', this.#options.uid);
    return Array.isArray(servers) ? servers : [];
  }

  async #slots(): Promise<number> {
    const { room, slots } = this.#options;
    if (slots !== 'auto') return slots;
    const list = await this.#ask('list', room);
    const [peers, loudest] = [member(list, 'peers'), member(list, 'loudest')];
    if (typeof loudest === 'number') return Math.min(loudest, MAX_SLOTS);
    return Array.isArray(peers) && peers.length > LARGE_ROOM ? LARGE_ROOM_SLOTS : 0;
  }

  /** @returns nothing of use when the server does not answer soon */
  #ask(method: string, param: string): Promise<unknown> {
    const asked = this.#link.ask(method, param).catch(() => null);
    return Promise.race([asked, new Pause().wait(ASK_MILLISECONDS)]);
  }

  async #firstMedia(): Promise<void> {
    const deadline = performance.now() + FIRST_MEDIA_MILLISECONDS;
    while (this.#error === null && this.#state === null && performance.now() < deadline)
      await this.#pause.wait(FIRST_MEDIA_MILLISECONDS);
    if (this.#error !== null) throw this.#error;
    if (this.#state === null) throw new UnreachableError('no media gets through to the server');
  }

  /** Has the server push its news over the socket, if there is one that it does not use yet. */
  #attach(): void {
    const session = this.#session;
    if (session === null || session.cid === '' || !this.#link.isOpen || this.#link.isAttached) return;
    session.resume().then(
      () => this.#onAnswered(session),
      (error: unknown) => this.#onFailed(session, error, 0),
    );
  }

  #onNotification(notification: Notification): void {
    const session = this.#session;
    if (session === null) return;
    const { method, params } = notification;
    if (method === 'offer') {
      if (params.cid === session.cid) this.#takeOffer(session, params.sdp);
    } else if (method === 'slots') {
      session.takeSlots(params.slots);
    } else if (method === 'closed') {
      if (params.cid === session.cid) this.#onClosed(session, endedBy(params.reason));
    } else {
      this.#events.onNotification(notification);
    }
  }

  /** What fails is offered again; if it always fails, the connection is in a state that nothing mends. */
  async #takeOffer(session: Session, sdp: string): Promise<void> {
    try {
      await session.takeOffer(sdp);
      this.#badOffers = 0;
    } catch (error) {
      if (verdictOn(error) !== 'wait') this.#badOffers += 1;
      this.#onFailed(session, error, this.#badOffers);
    }
  }

  /** The socket may lead to an engine that does not have the room any longer. */
  #onClosed(session: Session, reason: EndedReason | null): void {
    if (reason === null) {
      this.#link.renew();
      this.#rejoin(session);
    } else {
      this.end(reason, reason === 'refused' ? new NotAllowedError() : null);
    }
  }

  #onVoices(session: Session): void {
    if (session !== this.#session) return;
    this.#news.hurry();
    this.#events.onVoices(session);
  }

  #onAnswered(session: Session): void {
    if (session !== this.#session) return;
    this.#serverAnswers = true;
    this.#settle();
  }

  #onFailed(session: Session, error: unknown, failures: number): void {
    if (session !== this.#session) return;
    const verdict = verdictOn(error);
    if (verdict === 'displaced') this.end('displaced');
    else if (verdict === 'rejoin' || failures >= FAILURES_BEFORE_REJOIN) this.#rejoin(session);
    else if (verdict === 'wait') {
      this.#serverAnswers = false;
      this.#path?.recheck();
      this.#settle();
    }
  }

  /** The first time at once; while no media flows in between, less and less often. */
  async #rejoin(session: Session): Promise<void> {
    if (session !== this.#session || this.#isOver) return;
    this.#attempts += 1;
    const attempt = this.#attempts;
    session.close();
    this.#forgetSession();
    this.#settle();
    for (;;) {
      if (this.#rejoins > 0) await this.#pause.wait(this.#rejoinBackOff.next());
      if (attempt !== this.#attempts) return;
      this.#rejoins += 1;
      try {
        return await this.#enter();
      } catch (error) {
        if (attempt !== this.#attempts) return;
        const verdict = verdictOn(error);
        if (verdict === 'room-full' || verdict === 'refused') this.end(verdict, callErrorOf(error));
        else if (isBusy(error)) this.#link.renew();
      }
    }
  }

  /** Another network, or the same after a sleep: nothing that was true before needs to be true now. */
  #lookAround(): void {
    this.#link.probe();
    this.#news.hurry();
    this.#pause.hurry();
    this.#path?.renew();
  }

  #tick(): void {
    if (this.#state !== 'reconnecting') this.#silentTicks = 0;
    else if (navigator.onLine) this.#silentTicks += 1;
    if (this.#silentTicks > GIVE_UP_TICKS) this.end('unreachable', new UnreachableError());
  }

  /** Before it was connected for the first time, a call has no state. */
  #settle(): void {
    const state = stateOf(this.#path?.flows === true, this.#serverAnswers);
    if (state !== 'reconnecting') {
      this.#rejoins = 0;
      this.#rejoinBackOff.reset();
    }
    if (this.#isOver || this.#state === state || (this.#state === null && state !== 'connected')) return;
    this.#state = state;
    this.#pause.hurry();
    this.#events.onState(state);
  }
}
