/** One who joins, does this and that, and leaves in one way or another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KrakenSession } from '@kraken/load/kraken-signalling';
import type { LoadLoop } from '@kraken/load/load-loop';
import { Participant, type ParticipantEnvironment } from '@kraken/load/participant';
import { ANYBODY } from '@kraken/load/reception';
import { KrakenCalls, SignallingClient, SignallingError } from '@kraken/load/signalling-client';
import { accessToken } from '../../interop/access-token.js';
import type { Chance } from './chance.js';
import { LiveCalls, LiveLine } from './live-calls.js';
import type { SoakTally } from './tally.js';

const CONNECT_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
const SLOTS = 3;
/** Share of what guests hear that is decrypted and held against what can have been sent. */
const SAMPLE_SHARE = 0.02;
/** s: longer than any stay. */
const TOKEN_LIFETIME = 600;

export interface GuestSurroundings {
  readonly url: string;
  /** Of access tokens. */
  readonly secret: string;
  readonly environment: Omit<ParticipantEnvironment, 'signalling'>;
  readonly loop: LoadLoop;
  readonly chance: Chance;
  readonly tally: SoakTally;
  /** Another number each time. */
  readonly nextIndex: () => number;
}

export interface GuestPlace {
  readonly rid: string;
  readonly uid: string;
}

export class Guest {
  readonly place: GuestPlace;
  readonly participant: Participant;
  /** Somebody has displaced or removed it: calls may fail from here on. */
  isDisturbed = false;
  readonly #surroundings: GuestSurroundings;
  readonly #calls: KrakenCalls;
  readonly #session: KrakenSession;
  /** Null for who calls over HTTP. */
  readonly #line: LiveLine | null;
  #negotiated: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(
    place: GuestPlace,
    calls: KrakenCalls,
    line: LiveLine | null,
    surroundings: GuestSurroundings,
  ) {
    const { chance, environment, nextIndex } = surroundings;
    this.place = place;
    this.#line = line;
    this.#surroundings = surroundings;
    this.#calls = calls;
    let session: KrakenSession | undefined;
    const signalling = {
      sessionOf: (participant: Participant) => {
        session = new KrakenSession(calls, participant);
        return session;
      },
      close: () => calls.close(),
    };
    const options = {
      ...place,
      index: nextIndex(),
      isPublisher: chance.is(0.7),
      slots: chance.is(0.1) ? SLOTS : 0,
      sampleShare: SAMPLE_SHARE,
      talk: null,
      isSelective: true,
      // An m-line of somebody who has left serves the next one who comes.
      publisherOf: () => ANYBODY,
    };
    this.participant = new Participant(options, { ...environment, signalling });
    if (session === undefined) throw new Error('a participant asks for its session at once');
    this.#session = session;
  }

  /** Shows its token, but does not join yet. @throws Error when it is refused */
  static async arrive(place: GuestPlace, isLive: boolean, surroundings: GuestSurroundings): Promise<Guest> {
    const { url, secret, chance } = surroundings;
    const token = accessToken(secret, { room: place.rid, uid: place.uid }, TOKEN_LIFETIME);
    if (!isLive) return new Guest(place, new SignallingClient(url, token), null, surroundings);
    let guest: Guest | undefined;
    const open = () =>
      LiveCalls.open(url, place.rid, token, chance.is(0.5), {
        onOffer: (sdp) => guest?.takeOffer(sdp),
        onClosed: (reason) => guest?.wasClosed(reason),
      });
    const line = new LiveLine(open, await open());
    guest = new Guest(place, new KrakenCalls(line), line, surroundings);
    return guest;
  }

  get isLive(): boolean {
    return this.#line !== null;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isConnected(): boolean {
    return !this.#isOver && this.participant.state === 'connected';
  }

  /** Of its connectivity checks. */
  get username(): string {
    return this.#session.username;
  }

  get cid(): string {
    return this.#session.cid;
  }

  /** @throws Error when it is not connected in time */
  async join(): Promise<void> {
    const { loop } = this.#surroundings;
    const deadline = performance.now() + CONNECT_TIMEOUT_MS;
    await this.#publish();
    loop.add(this.participant);
    while (this.participant.state !== 'connected') {
      if (this.#isOver || this.isDisturbed) return;
      if (this.participant.fault !== null) throw new Error(this.participant.fault);
      if (performance.now() > deadline) throw new Error(`still ${this.participant.state}`);
      await sleep(POLL_MS);
    }
    if (!this.isLive) await this.participant.subscribe();
  }

  /** Gets as far as that, and then says nothing more. */
  async joinHalf(state: 'checking' | 'handshaking'): Promise<void> {
    const { loop } = this.#surroundings;
    await this.#publish();
    if (state === 'checking') return;
    loop.add(this.participant);
    const deadline = performance.now() + CONNECT_TIMEOUT_MS;
    while (this.participant.state === 'checking' && performance.now() < deadline) await sleep(1);
    loop.remove(this.participant);
  }

  /** The first offer may come before the answer. */
  async #publish(): Promise<void> {
    const published = this.participant.publish(performance.now());
    this.#negotiated = published.catch(() => undefined);
    await published;
  }

  subscribe(): Promise<void> {
    return this.participant.subscribe();
  }

  async mute(muted: boolean): Promise<void> {
    const { rid, uid } = this.place;
    await this.#calls.call('mute', [rid, uid, this.cid, muted]);
  }

  /** Loses its live socket, and goes on over another one. */
  async resume(): Promise<void> {
    const { rid, uid } = this.place;
    const resumed = this.#negotiated.then(async () => {
      await this.#line?.renew();
      await this.#calls.call('resume', [rid, uid, this.cid]);
    });
    this.#negotiated = resumed.catch(() => undefined);
    await resumed;
  }

  async ping(): Promise<void> {
    await this.#calls.call('ping', []);
  }

  /** ICE anew; what was pushed before is void. */
  async restart(): Promise<void> {
    const restarted = this.#negotiated.then(async () => {
      this.participant.renewCredentials();
      this.participant.restartIce(await this.#session.restart());
    });
    this.#negotiated = restarted.catch(() => undefined);
    await restarted;
  }

  takeOffer(sdp: string): void {
    this.#negotiated = this.#negotiated
      .then(() => (this.#isOver ? undefined : this.#session.answer(sdp)))
      .catch((error: unknown) => this.#tell('answer', error));
  }

  wasClosed(reason: string): void {
    if (!this.isDisturbed && !this.#isOver) this.#surroundings.tally.fault(`closed: ${reason}`);
    this.isDisturbed = true;
  }

  /** Takes leave, as clients ought to. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#surroundings.loop.remove(this.participant);
    this.#isOver = true;
    try {
      await this.participant.end();
    } catch (error) {
      this.#tell('end', error);
    }
    this.#release();
  }

  /** Is gone without a word. */
  vanish(): void {
    if (this.#isOver) return;
    this.#surroundings.loop.remove(this.participant);
    this.#isOver = true;
    this.participant.vanish();
    this.#release();
  }

  /** Counts a failed call, which is a fault unless somebody has disturbed it. */
  #tell(what: string, error: unknown): void {
    const { tally } = this.#surroundings;
    const isExpected = this.isDisturbed || (what === 'answer' && isVoidOffer(error));
    if (isExpected) tally.count(`refused: ${error instanceof SignallingError ? error.code : 'no answer'}`);
    else tally.fault(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #release(): void {
    const { verifier } = this.participant.receiver ?? {};
    if (verifier !== undefined && verifier.failed > 0)
      this.#surroundings.tally.fault(`heard what nobody said: ${verifier.failures[0]}`);
    this.participant.close('has left');
    this.#calls.close();
  }
}

/** An offer that was pushed and is void by now: PROTOCOL.md has the client take the next one. */
function isVoidOffer(error: unknown): boolean {
  return error instanceof SignallingError && (error.code === null || error.code === 5003008);
}
