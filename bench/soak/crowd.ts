/** All guests and bad clients: who comes when, what they do, how they leave. By chance from a seed. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadLoop } from '@kraken/load/load-loop';
import { PACKET_INTERVAL_MS } from '@kraken/load/media-packet';
import { Reception } from '@kraken/load/reception';
import { writeOffer } from '@kraken/load/sdp';
import { FLOODS } from '../floods/floods.js';
import { Guest, type GuestPlace, type GuestSurroundings } from './guest.js';
import { BAD_PLACE, LINGERING, MISCHIEFS, type MischiefSurroundings } from './mischief.js';
import { Operator } from './operator.js';

/** s */
const SHORTEST_STAY = 1;
const LONGEST_STAY = 14;
/** Between two deeds of a guest, s. */
const LONGEST_REST = 3;
/** Rooms that guests go to at a time; each is another one after a while. */
const ROOMS = 5;
/** ms */
const ROOM_LIFETIME = 15_000;
/** What only those do who have a live socket. */
const RESUMING = 'loses its live socket and resumes';
const FORGED_PACKETS = 10;
/** More than can be there at a time before the engine finds out. */
const MAX_VANISHED = 1_000;
const MS_PER_SECOND = 1_000;

export interface CrowdOptions {
  readonly joinsPerSecond: number;
  readonly mischiefsPerSecond: number;
}

type Deed = readonly [name: string, weight: number, act: (guest: Guest) => Promise<void>];

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #surroundings: Omit<GuestSurroundings, 'loop'>;
  readonly #mischief: Omit<MischiefSurroundings, 'signal' | 'media'>;
  readonly #media: readonly MischiefSurroundings['media'][];
  readonly #operator: Operator;
  readonly #loop: LoadLoop;
  readonly #guests = new Set<Guest>();
  /** Gone without a word: they are told of when there is no time to wait until the engine finds out. */
  #vanished: GuestPlace[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #deeds: readonly Deed[];
  #timers: NodeJS.Timeout[] = [];
  #halting = new AbortController();
  #lastUid = 0;
  mayVanish = true;

  constructor(
    surroundings: Omit<GuestSurroundings, 'loop'>,
    media: readonly MischiefSurroundings['media'][],
    options: CrowdOptions,
  ) {
    const { url, secret, environment, tally, chance } = surroundings;
    this.#options = options;
    this.#media = media;
    this.#surroundings = surroundings;
    this.#operator = new Operator(url, secret);
    this.#loop = new LoadLoop([], { random: () => chance.between(0, 1), silent: false }, (error) =>
      tally.fault(`the driver's loop: ${String(error)}`),
    );
    const { memory, fingerprint } = environment;
    const local = { ufrag: 'mischief', password: 'p'.repeat(24), fingerprint, stream: null, slots: 0 };
    this.#mischief = {
      ...{ url, secret, memory, chance, tally },
      usernameOfGuest: () => this.#usernameOfGuest(),
      offer: writeOffer(local),
    };
    this.#deeds = this.#listDeeds();
  }

  get size(): number {
    return this.#guests.size;
  }

  /** From here on guests and bad clients come. */
  start(): void {
    const { joinsPerSecond, mischiefsPerSecond } = this.#options;
    this.#halting = new AbortController();
    setMaxListeners(0, this.#halting.signal);
    this.#loop.start();
    this.#every(MS_PER_SECOND / joinsPerSecond, () => this.#welcome(this.#newPlace(), false));
    this.#every(MS_PER_SECOND / mischiefsPerSecond, () => this.#doMischief());
    this.#timers.push(setInterval(() => this.#speak(), PACKET_INTERVAL_MS));
  }

  /** Nobody else comes, and all leave. @param endsVanished has those leave as well who were gone without a word */
  async halt(endsVanished: boolean): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.#halting.abort();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#loop.stop();
    const vanished = [...this.#vanished, BAD_PLACE];
    this.#vanished = [];
    if (!endsVanished) return;
    for (const place of vanished) await this.#operator.remove(place).catch(() => undefined);
  }

  /** At intervals that differ by chance. */
  #every(interval: number, act: () => Promise<void>): void {
    const { chance } = this.#surroundings;
    const place = this.#timers.length;
    const again = () => {
      this.#launch(act);
      this.#timers[place] = setTimeout(again, interval * chance.between(0.2, 1.8));
    };
    this.#timers.push(setTimeout(again, interval));
  }

  #launch(act: () => Promise<void>): void {
    const task = act().catch((error: unknown) =>
      this.#surroundings.tally.fault(`the driver: ${String(error)}`),
    );
    this.#underWay.add(task);
    void task.finally(() => this.#underWay.delete(task));
  }

  #newPlace(): GuestPlace {
    const room = this.#surroundings.chance.below(ROOMS);
    const generation = Math.floor((performance.now() + room * (ROOM_LIFETIME / ROOMS)) / ROOM_LIFETIME);
    return { rid: `soak-${room}-${generation}`, uid: `guest-${++this.#lastUid}` };
  }

  async #welcome(place: GuestPlace, isThereAlready: boolean): Promise<void> {
    const { chance, tally } = this.#surroundings;
    const how = this.#beginning();
    const isLive = chance.is(0.5);
    let guest: Guest | undefined;
    try {
      guest = await Guest.arrive(place, isLive, { ...this.#surroundings, loop: this.#loop });
      this.#guests.add(guest);
      if (how === 'whole') await this.#stay(guest);
      else await this.#breakOff(guest, how);
      const by = isLive ? 'over a live socket' : 'over HTTP';
      tally.count(isThereAlready ? `joins of who is there already, ${by}` : `joins ${by}`);
    } catch (error) {
      if (guest?.isDisturbed !== true) tally.fault(`${place.uid} (${how}): ${describe(error)}`);
    } finally {
      if (guest !== undefined) {
        this.#guests.delete(guest);
        await guest.end();
      }
    }
  }

  #beginning(): 'whole' | 'checking' | 'handshaking' {
    const { chance } = this.#surroundings;
    if (!this.mayVanish || chance.is(0.9)) return 'whole';
    return chance.is(0.5) ? 'checking' : 'handshaking';
  }

  async #breakOff(guest: Guest, state: 'checking' | 'handshaking'): Promise<void> {
    const { tally } = this.#surroundings;
    await guest.joinHalf(state);
    tally.count(state === 'checking' ? 'joins that end before ICE' : 'joins that end within DTLS');
    this.#vanish(guest);
  }

  #vanish(guest: Guest): void {
    guest.vanish();
    if (!this.#vanished.includes(guest.place)) this.#vanished.push(guest.place);
    if (this.#vanished.length > MAX_VANISHED) this.#vanished.shift();
  }

  async #stay(guest: Guest): Promise<void> {
    const { chance, tally } = this.#surroundings;
    await guest.join();
    const leavesAt = performance.now() + chance.between(SHORTEST_STAY, LONGEST_STAY) * MS_PER_SECOND;
    while (performance.now() < leavesAt && !this.#halting.signal.aborted && guest.isConnected) {
      await this.#rest(
        Math.min(chance.between(0, LONGEST_REST) * MS_PER_SECOND, leavesAt - performance.now()),
      );
      if (guest.isDisturbed) break;
      if (!guest.isConnected) break;
      await this.#doSomething(guest);
    }
    if (guest.participant.fault !== null && !guest.isDisturbed)
      tally.fault(`${guest.place.uid} was lost: ${guest.participant.fault}`);
    if (guest.isDisturbed) {
      tally.count('leaves: displaced or removed');
      guest.vanish();
    } else if (this.mayVanish && !this.#halting.signal.aborted && chance.is(0.15)) {
      tally.count('leaves: without a word');
      this.#vanish(guest);
    } else {
      tally.count('leaves: in order');
      await guest.end();
    }
  }

  async #doSomething(guest: Guest): Promise<void> {
    const { chance, tally } = this.#surroundings;
    const deeds = this.#deeds.filter(([name]) => guest.isLive || name !== RESUMING);
    const total = deeds.reduce((sum, [, weight]) => sum + weight, 0);
    let left = chance.between(0, total);
    const deed = deeds.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    if (deed === undefined) return;
    const [name, , act] = deed;
    try {
      await act(guest);
      tally.count(name);
    } catch (error) {
      if (guest.isDisturbed || guest.isOver) return;
      tally.fault(`${name}: ${describe(error)}`);
    }
  }

  #listDeeds(): readonly Deed[] {
    const { chance } = this.#surroundings;
    return [
      ['asks for news', 6, (guest) => (guest.isLive ? guest.ping() : guest.subscribe())],
      ['mutes or unmutes', 2, (guest) => guest.mute(chance.is(0.5))],
      ['restarts ICE', 2, (guest) => guest.restart()],
      [RESUMING, 2, (guest) => guest.resume()],
      ['is permitted or forbidden', 1, (guest) => this.#operator.permit(guest.place, chance)],
      ['is silenced or not', 1, (guest) => this.#operator.silence(guest.place, chance.is(0.5))],
      [
        'has the loudest forwarded only',
        0.5,
        (guest) => this.#operator.loudest(guest.place, guest.cid, chance.below(4)),
      ],
      [
        'is removed',
        0.5,
        (guest) => {
          guest.isDisturbed = true;
          return this.#operator.remove(guest.place);
        },
      ],
      [
        'is displaced by itself',
        1,
        async (guest) => {
          guest.isDisturbed = true;
          this.#launch(() => this.#welcome(guest.place, true));
        },
      ],
      ["sends reports on others' streams", 1, async (guest) => this.#reportWrongly(guest)],
      ['sends what is not under its keys', 1, async (guest) => this.#forge(guest)],
    ];
  }

  #reportWrongly({ participant }: Guest): void {
    const { sender } = participant;
    const about = new Reception(this.#surroundings.chance.below(2 ** 32));
    if (sender !== null) participant.send(sender.writeReport([about], Date.now()));
  }

  #forge({ participant }: Guest): void {
    const { chance } = this.#surroundings;
    const forged = FLOODS.filter(({ fromParticipant }) => fromParticipant);
    for (let i = 0; i < FORGED_PACKETS; i++) participant.send(chance.of(forged).make(''));
  }

  async #doMischief(): Promise<void> {
    const { chance, tally } = this.#surroundings;
    const [name, act] = chance.of(Object.entries(MISCHIEFS));
    if (name === LINGERING && !this.mayVanish) return;
    try {
      await act({ ...this.#mischief, media: chance.of(this.#media), signal: this.#halting.signal });
      tally.count(`bad client: ${name}`);
    } catch (error) {
      tally.fault(`bad client: ${name}: ${describe(error)}`);
    }
  }

  #usernameOfGuest(): string | null {
    for (const { username, isConnected } of this.#guests) if (isConnected) return username;
    return null;
  }

  #speak(): void {
    const now = performance.now();
    for (const { participant, isConnected } of this.#guests) {
      if (isConnected && participant.options.isPublisher) participant.sendMedia(now);
    }
  }

  #rest(milliseconds: number): Promise<void> {
    return sleep(Math.max(0, milliseconds), undefined, { signal: this.#halting.signal }).catch(
      () => undefined,
    );
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
