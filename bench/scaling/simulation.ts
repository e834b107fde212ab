/**
 * The monitor's placement under a virtual clock: engines that report, fill, die and are upgraded, rooms that come and go.
 * The registry is the real one; the engines are what they tell of themselves, and no message is late or lost. The same
 * seed gives the same run.
 */

import { Cluster } from '@kraken/monitor/internal/registry/cluster';
import { ENGINE_SILENCE, HEARTBEAT_INTERVAL, LEARNING_TIME, RpcError } from '@kraken/protocol';
import { EventQueue } from './event-queue.js';
import { SimulatedEngine, type SimulatedRoom } from './simulated-engine.js';
import { drawArrival, drawRoom, type Random, type RoomPlan } from './workload.js';

/** How often clients poll, and so learn that their engine is gone, ms. */
const POLL_INTERVAL = 3_000;
/** When the registry has learnt what there is, which begins with the first heartbeat, ms. */
const LEARNT = HEARTBEAT_INTERVAL + LEARNING_TIME;
const SAMPLE_INTERVAL = 10_000;
/** As the monitor's. */
const SWEEP_INTERVAL = 1_000;
/** Until an engine that died, or was upgraded, is up again, ms. */
const RESTART_TIME = 30_000;
/** How long a draining engine waits for its rooms to end, ms. */
const DRAIN_LIMIT = 15 * 60_000;
const MAX_LOAD = 0.85;

export interface SimulationOptions {
  readonly engines: number;
  readonly rooms: number;
  readonly roomsPerSecond: number;
  /** Between two deaths of engines, ms; 0 for none. Every other one hangs, so that only its silence tells. */
  readonly deathInterval: number;
  /** Between the beginnings of two engines' upgrades, ms; 0 for none. */
  readonly upgradeInterval: number;
  readonly random: Random;
}

/** Loads of all serving engines at one time. */
export interface LoadSample {
  /** s */
  readonly at: number;
  readonly mean: number;
  readonly p99: number;
  readonly rooms: number;
}

export interface SimulationResult {
  readonly rooms: number;
  readonly joins: number;
  /** Joins that found no engine with room. */
  readonly refused: number;
  readonly deaths: number;
  readonly upgrades: number;
  /** Rooms that went to another engine because theirs died or was upgraded with people in them. */
  readonly moved: number;
  /** Joins that were sent to another engine than the living one that had the room: none is allowed. */
  readonly split: number;
  /** Times until all of a moved room's people had joined again, ms, in order. */
  readonly backAfter: readonly number[];
  readonly samples: readonly LoadSample[];
}

type Event =
  | { readonly type: 'room' | 'sample' | 'sweep' | 'death' | 'upgrade' }
  | { readonly type: 'join'; readonly room: SimulatedRoom }
  | { readonly type: 'end'; readonly room: SimulatedRoom }
  | { readonly type: 'beat'; readonly engine: SimulatedEngine }
  | { readonly type: 'stop'; readonly engine: SimulatedEngine; readonly since: number };

export function simulate(options: SimulationOptions): SimulationResult {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #queue = new EventQueue<Event>();
  readonly #cluster: Cluster;
  /** Those that run. */
  readonly #engines: SimulatedEngine[] = [];
  readonly #byId = new Map<string, SimulatedEngine>();
  readonly #samples: LoadSample[] = [];
  readonly #backAfter: number[] = [];
  readonly #counts = { rooms: 0, joins: 0, refused: 0, deaths: 0, upgrades: 0, moved: 0, split: 0 };
  #openRooms = 0;
  #started = 0;
  #now = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const limits = { load: MAX_LOAD, participants: 0 };
    this.#cluster = new Cluster({ limits, nearest: {}, random: options.random }, 0);
  }

  run(): SimulationResult {
    const { engines, deathInterval, upgradeInterval } = this.#options;
    for (let i = 0; i < engines; i++) this.#startEngine(i, this.#within(HEARTBEAT_INTERVAL));
    this.#queue.add(LEARNT, { type: 'room' });
    this.#queue.add(LEARNT, { type: 'sample' });
    this.#queue.add(0, { type: 'sweep' });
    if (deathInterval > 0) this.#queue.add(LEARNT + deathInterval, { type: 'death' });
    if (upgradeInterval > 0) this.#queue.add(LEARNT + upgradeInterval, { type: 'upgrade' });
    while (this.#counts.rooms < this.#options.rooms || this.#openRooms > 0) {
      const next = this.#queue.take();
      if (next === null) break;
      this.#now = next.at;
      this.#handle(next.event);
    }
    return { ...this.#counts, backAfter: this.#backAfter.sort((a, b) => a - b), samples: this.#samples };
  }

  #handle(event: Event): void {
    switch (event.type) {
      case 'room':
        this.#openRoom();
        break;
      case 'join':
        this.#join(event.room);
        break;
      case 'end':
        this.#end(event.room);
        break;
      case 'beat':
        this.#beat(event.engine);
        break;
      case 'sample':
        this.#sample();
        break;
      case 'sweep':
        this.#sweep();
        break;
      case 'death':
        this.#killOne();
        break;
      case 'upgrade':
        this.#upgradeOne();
        break;
      case 'stop':
        this.#stopWhenEmpty(event.engine, event.since);
        break;
    }
  }

  #openRoom(): void {
    const { random, rooms, roomsPerSecond } = this.#options;
    if (this.#counts.rooms >= rooms) return;
    const plan: RoomPlan = drawRoom(random);
    const room: SimulatedRoom = {
      rid: `room-${this.#counts.rooms++}`,
      size: plan.size,
      people: 0,
      engine: null,
      lostAt: null,
      isOver: false,
    };
    this.#openRooms++;
    this.#queue.add(this.#now, { type: 'join', room });
    for (let i = 1; i < plan.size; i++) {
      this.#queue.add(this.#now + 1000 * drawArrival(random, plan), { type: 'join', room });
    }
    this.#queue.add(this.#now + 1000 * plan.duration, { type: 'end', room });
    this.#queue.add(this.#now - (1000 * Math.log(1 - random())) / roomsPerSecond, { type: 'room' });
  }

  #join(room: SimulatedRoom): void {
    if (room.isOver) return;
    const engine = this.#claim(room.rid);
    if (engine === null) {
      this.#counts.refused++;
      this.#queue.add(this.#now + POLL_INTERVAL, { type: 'join', room });
      return;
    }
    // It does not answer, and is not known to be dead yet: the client tries again.
    if (engine.hungAt !== null) {
      this.#queue.add(this.#now + this.#within(POLL_INTERVAL), { type: 'join', room });
      return;
    }
    if (room.engine !== null && room.engine !== engine) this.#counts.split++;
    this.#counts.joins++;
    engine.join(room);
    if (room.lostAt !== null && room.people >= room.size) {
      this.#backAfter.push(this.#now - room.lostAt);
      room.lostAt = null;
    }
  }

  /** @returns the engine, or null when none has room */
  #claim(rid: string): SimulatedEngine | null {
    for (;;) {
      let engineId: string;
      try {
        const claimed = this.#cluster.claim(rid, 'region', this.#now);
        claimed.joined(this.#now);
        engineId = claimed.report.engineId;
      } catch (error) {
        if (error instanceof RpcError && error.name === 'NO_ENGINE') return null;
        throw error;
      }
      const engine = this.#byId.get(engineId);
      if (engine !== undefined) return engine;
      // Nobody listens there any more: the connection is refused.
      this.#cluster.remove(engineId);
    }
  }

  #end(room: SimulatedRoom): void {
    room.isOver = true;
    room.engine?.leave(room);
    this.#openRooms--;
  }

  #beat(engine: SimulatedEngine): void {
    if (this.#byId.get(engine.engineId) !== engine || engine.hungAt !== null) return;
    this.#cluster.heartbeat(engine.report(), this.#now);
    this.#queue.add(this.#now + HEARTBEAT_INTERVAL, { type: 'beat', engine });
  }

  #sample(): void {
    const loads = this.#engines.filter(({ state }) => state === 'serving').map((engine) => engine.load);
    loads.sort((a, b) => a - b);
    const mean = loads.reduce((sum, load) => sum + load, 0) / Math.max(1, loads.length);
    this.#samples.push({
      at: this.#now / 1000,
      mean,
      p99: loads[Math.floor(0.99 * (loads.length - 1))] ?? 0,
      rooms: this.#openRooms,
    });
    this.#queue.add(this.#now + SAMPLE_INTERVAL, { type: 'sample' });
  }

  #sweep(): void {
    this.#cluster.sweep(this.#now);
    this.#queue.add(this.#now + SWEEP_INTERVAL, { type: 'sweep' });
  }

  #killOne(): void {
    const { random, deathInterval } = this.#options;
    this.#queue.add(this.#now + deathInterval, { type: 'death' });
    const engine = this.#engines[Math.floor(random() * this.#engines.length)];
    if (engine === undefined || engine.hungAt !== null) return;
    this.#counts.deaths++;
    if (this.#counts.deaths % 2 === 0) engine.hungAt = this.#now;
    this.#takeDown(engine);
  }

  #upgradeOne(): void {
    this.#queue.add(this.#now + this.#options.upgradeInterval, { type: 'upgrade' });
    const engine = this.#engines.find(({ state, isUpgraded }) => state === 'serving' && !isUpgraded);
    if (engine === undefined) return;
    this.#counts.upgrades++;
    engine.state = 'draining';
    this.#queue.add(this.#now, { type: 'stop', engine, since: this.#now });
  }

  #stopWhenEmpty(engine: SimulatedEngine, since: number): void {
    if (this.#byId.get(engine.engineId) !== engine || engine.hungAt !== null) return;
    if (engine.rooms.size > 0 && this.#now - since < DRAIN_LIMIT) {
      this.#queue.add(this.#now + SAMPLE_INTERVAL, { type: 'stop', engine, since });
      return;
    }
    this.#cluster.remove(engine.engineId);
    this.#takeDown(engine, true);
  }

  /** Its people notice at their next poll, of a hung engine once it is dead to the monitor. */
  #takeDown(engine: SimulatedEngine, isUpgrade = false): void {
    this.#engines.splice(this.#engines.indexOf(engine), 1);
    if (engine.hungAt === null) this.#byId.delete(engine.engineId);
    for (const room of [...engine.rooms.values()]) {
      const { people } = room;
      engine.leave(room);
      room.lostAt = this.#now;
      this.#counts.moved++;
      const noticed = engine.hungAt === null ? 0 : ENGINE_SILENCE;
      for (let i = 0; i < people; i++) {
        this.#queue.add(this.#now + noticed + this.#within(POLL_INTERVAL), { type: 'join', room });
      }
      room.size = Math.max(people, 1);
    }
    this.#startEngine(engine.place, RESTART_TIME, isUpgrade || engine.isUpgraded);
  }

  #startEngine(place: number, delay: number, isUpgraded = false): void {
    const engine = new SimulatedEngine(`engine-${place}-${this.#started++}`, place, isUpgraded);
    this.#engines.push(engine);
    this.#byId.set(engine.engineId, engine);
    this.#queue.add(this.#now + delay, { type: 'beat', engine });
  }

  #within(time: number): number {
    return this.#options.random() * time;
  }
}
