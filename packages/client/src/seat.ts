import type { CallState, EndedReason } from './api.js';
import { BackOff } from './back-off.js';
import {
  AbortedError,
  CallError,
  NotAllowedError,
  RefusedError,
  RoomFullError,
  UnreachableError,
} from './errors.js';
import { Pause } from './pause.js';
import { pollInterval } from './polling.js';
import { endedBy, stateOf, type Verdict, verdictOn } from './recovery.js';
import { Session } from './session.js';
import { Link } from './signalling/link.js';
import { member, type Notification } from './signalling/protocol.js';
import { watchSurroundings } from './surroundings.js';

/** How long joining waits for a socket before it goes on over HTTP. */
const SOCKET_MILLISECONDS = 1_500;
const TURN_MILLISECONDS = 3_000;
/** How long joining puts up with a server that answers that it cannot yet. */
const BUSY_MILLISECONDS = 15_000;
/** How long media may take to flow at first, and after ICE was restarted. */
const FIRST_MEDIA_MILLISECONDS = 20_000;
const RESTART_MILLISECONDS = 8_000;
/** A path that is broken for a moment heals by itself; after this time another one is looked for. */
const DISCONNECTED_MILLISECONDS = 4_000;
const FIRST_RETRY_MILLISECONDS = 500;
const LONGEST_RETRY_MILLISECONDS = 8_000;
const LIST_MILLISECONDS = 3_000;
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
  readonly #pause = new Pause();
  readonly #unwatch: () => void;
  #session: Session | null = null;
  #state: CallState | null = null;
  #mediaFlows = false;
  #serverAnswers = true;
  #attempts = 0;
  #polling = false;
  #restarting: Session | null = null;
  #endedBy: CallError | null = null;
  #silentTicks = 0;
  #listedAt = 0;
  #disconnectedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SeatOptions, events: SeatEvents) {
    this.#options = options;
    this.#events = events;
    this.#link = new Link(options.url, options.room, {
      onOpen: () => this.#onSocketOpen(),
      onClosed: () => this.#startPolling(),
      onNotification: (notification) => this.#onNotification(notification),
    });
    this.#unwatch = watchSurroundings({
      onNetwork: () => this.#lookAround(true),
      onWake: () => this.#lookAround(false),
      onTick: () => this.#tick(),
      onUnload: () => this.end('left'),
    });
  }

  get session(): Session | null {
    return this.#session;
  }

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
        await this.#firstMedia();
        return;
      } catch (error) {
        const verdict = verdictOn(error);
        const isBusy = verdict === 'wait' && member(error, 'code') !== undefined;
        if (!isBusy || performance.now() > deadline) throw joinError(error, verdict);
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
    const session = this.#session;
    this.#session = null;
    this.#attempts += 1;
    clearTimeout(this.#disconnectedTimer);
    this.#unwatch();
    session?.end();
    this.#link.stop();
    this.#pause.hurry();
    this.#state = 'ended';
    this.#endedBy = error ?? (reason === 'left' ? new AbortedError() : new RefusedError(reason));
    this.#events.onState('ended');
    this.#events.onEnded(reason, error);
  }

  async #enter(): Promise<void> {
    const [iceServers] = await Promise.all([this.#iceServers(), this.#link.settled(SOCKET_MILLISECONDS)]);
    if (this.#isOver) return;
    const { room, uid, configuration, microphone } = this.#options;
    const session = new Session({
      link: this.#link,
      room,
      uid,
      configuration: { iceServers, ...configuration },
      microphone: microphone(),
      onVoices: () => this.#onVoices(session),
      onConnectionState: (_, state) => this.#onConnectionState(session, state),
    });
    this.#session = session;
    try {
      await session.publish();
    } catch (error) {
      session.close();
      if (session === this.#session) this.#session = null;
      throw error;
    }
    if (session !== this.#session) {
      session.end();
      return;
    }
    this.#serverAnswers = true;
    this.#events.onEntered(session);
    this.#startPolling();
  }

  /** TURN servers help where UDP is blocked; a room without them is entered all the same. */
  async #iceServers(): Promise<RTCIceServer[]> {
    if (this.#options.configuration.iceServers !== undefined) return [];
    const asked = this.#link.ask('turn', this.#options.uid).catch(() => []);
    const servers = await Promise.race([asked, new Pause().wait(TURN_MILLISECONDS)]);
    return Array.isArray(servers) ? servers : [];
  }

  async #firstMedia(): Promise<void> {
    const deadline = performance.now() + FIRST_MEDIA_MILLISECONDS;
    while (!this.#isOver && !this.#mediaFlows && performance.now() < deadline)
      await this.#pause.wait(FIRST_MEDIA_MILLISECONDS);
    if (this.#endedBy !== null) throw this.#endedBy;
    if (!this.#mediaFlows) throw new UnreachableError('no media gets through to the server');
  }

  #onSocketOpen(): void {
    const session = this.#session;
    if (session === null || session.cid === '') return;
    session.resume().then(
      () => this.#answered(session),
      (error: unknown) => this.#onFailure(session, error, 0),
    );
  }

  #onNotification(notification: Notification): void {
    const session = this.#session;
    if (session === null) return;
    const { method, params } = notification;
    if (method === 'offer') {
      if (params.cid === session.cid) session.takeOffer(params.sdp).catch(() => {});
    } else if (method === 'closed') {
      if (params.cid === session.cid) this.#onClosed(session, endedBy(params.reason));
    } else {
      this.#events.onNotification(notification);
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
    this.#listedAt = 0;
    this.#events.onVoices(session);
  }

  /** Asks for news while nobody pushes any. */
  async #startPolling(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    let changedAt = performance.now();
    let failures = 0;
    while (!this.#isOver && !this.#link.isAttached) {
      const session = this.#session;
      if (session !== null && session.cid !== '') {
        try {
          if (await session.poll()) changedAt = performance.now();
          await this.#list();
          failures = 0;
          this.#answered(session);
        } catch (error) {
          failures += verdictOn(error) === 'wait' ? 0 : 1;
          this.#onFailure(session, error, failures);
        }
      }
      await this.#pause.wait(pollInterval(performance.now() - changedAt));
    }
    this.#polling = false;
  }

  /** Voices come with the offers; the list adds those who only listen. */
  async #list(): Promise<void> {
    const now = performance.now();
    if (now - this.#listedAt < LIST_MILLISECONDS) return;
    this.#listedAt = now;
    const peers = member(await this.#link.call('list', this.#options.room), 'peers');
    if (!Array.isArray(peers) || this.#link.isAttached) return;
    this.#events.onListed(peers.map((peer) => String(member(peer, 'id'))));
  }

  #answered(session: Session): void {
    if (session !== this.#session) return;
    this.#serverAnswers = true;
    this.#settle();
  }

  #onFailure(session: Session, error: unknown, failures: number): void {
    if (session !== this.#session) return;
    const verdict = verdictOn(error);
    if (verdict === 'displaced') this.end('displaced');
    else if (verdict === 'rejoin' || failures >= FAILURES_BEFORE_REJOIN) this.#rejoin(session);
    else if (verdict === 'wait') {
      this.#serverAnswers = false;
      this.#mediaFlows &&= session.isConnected;
      this.#settle();
    }
  }

  #onConnectionState(session: Session, state: RTCPeerConnectionState): void {
    if (session !== this.#session) return;
    if (state === 'connected') {
      clearTimeout(this.#disconnectedTimer);
      this.#disconnectedTimer = undefined;
      this.#mediaFlows = true;
      this.#settle();
      this.#pause.hurry();
    } else if (state === 'failed') {
      this.#onSilence(session);
    } else if (state === 'disconnected') {
      this.#disconnectedTimer ??= setTimeout(() => this.#onSilence(session), DISCONNECTED_MILLISECONDS);
      if (!this.#serverAnswers) this.#mediaFlows = false;
      this.#settle();
    }
  }

  #onSilence(session: Session): void {
    if (session !== this.#session || session.isConnected) return;
    this.#mediaFlows = false;
    this.#settle();
    this.#restart(session);
  }

  /** Looks for another path to the server, until there is one. */
  async #restart(session: Session): Promise<void> {
    if (this.#restarting === session) return;
    this.#restarting = session;
    const backOff = new BackOff(FIRST_RETRY_MILLISECONDS, LONGEST_RETRY_MILLISECONDS);
    do {
      try {
        await session.restart();
        this.#answered(session);
        await this.#pause.wait(RESTART_MILLISECONDS);
      } catch (error) {
        this.#onFailure(session, error, verdictOn(error) === 'wait' ? 0 : FAILURES_BEFORE_REJOIN);
        await this.#pause.wait(backOff.next());
      }
    } while (session === this.#session && !session.isConnected);
    if (this.#restarting === session) this.#restarting = null;
  }

  async #rejoin(session: Session): Promise<void> {
    if (session !== this.#session || this.#isOver) return;
    this.#attempts += 1;
    const attempt = this.#attempts;
    clearTimeout(this.#disconnectedTimer);
    this.#disconnectedTimer = undefined;
    session.close();
    this.#session = null;
    this.#mediaFlows = false;
    this.#settle();
    const backOff = new BackOff(FIRST_RETRY_MILLISECONDS, LONGEST_RETRY_MILLISECONDS);
    while (attempt === this.#attempts) {
      try {
        await this.#enter();
        return;
      } catch (error) {
        if (attempt !== this.#attempts) return;
        const verdict = verdictOn(error);
        if (verdict === 'room-full' || verdict === 'refused') this.end(verdict, joinError(error, verdict));
        else if (verdict === 'wait' && member(error, 'code') !== undefined) this.#link.renew();
      }
      await this.#pause.wait(backOff.next());
    }
  }

  /** Finds out at once what is still true. */
  #lookAround(isOtherNetwork: boolean): void {
    this.#link.probe();
    this.#pause.hurry();
    const session = this.#session;
    if (session === null || session.cid === '') return;
    if (isOtherNetwork) this.#restart(session);
    else if (!session.isConnected) this.#onSilence(session);
  }

  #tick(): void {
    if (this.#state !== 'reconnecting') this.#silentTicks = 0;
    else if (navigator.onLine) this.#silentTicks += 1;
    if (this.#silentTicks > GIVE_UP_TICKS) this.end('unreachable', new UnreachableError());
  }

  #settle(): void {
    const state = stateOf(this.#mediaFlows, this.#serverAnswers);
    if (this.#isOver || this.#state === state || (this.#state === null && state !== 'connected')) return;
    this.#state = state;
    this.#events.onState(state);
  }
}

function joinError(error: unknown, verdict: Verdict): CallError {
  if (error instanceof CallError) return error;
  if (verdict === 'room-full') return new RoomFullError(error);
  if (verdict === 'wait' && member(error, 'code') === undefined)
    return new UnreachableError(undefined, error);
  return new RefusedError(error instanceof Error ? error.message : String(error), error);
}
