import type { EngineReport } from '@kraken/protocol';
import { coresOf } from './workload.js';

/** Cores of an engine's machine. */
const CORES = 8;
/** Media workers: one core is the control plane's. */
const WORKERS = CORES - 1;

export interface SimulatedRoom {
  readonly rid: string;
  /** Who is to be there when all have come. */
  size: number;
  people: number;
  /** The engine that has people of it. */
  engine: SimulatedEngine | null;
  /** When its engine went down, ms; null while all is well. */
  lostAt: number | null;
  isOver: boolean;
}

/** An engine that carries what its rooms cost. */
export class SimulatedEngine {
  state: 'serving' | 'draining' = 'serving';
  /** When it stopped answering, ms. */
  hungAt: number | null = null;
  readonly rooms = new Map<string, SimulatedRoom>();
  #cores = 0;
  #participants = 0;

  constructor(
    readonly engineId: string,
    readonly place: number,
    readonly isUpgraded: boolean,
  ) {}

  get load(): number {
    return Math.min(1, this.#cores / CORES);
  }

  join(room: SimulatedRoom): void {
    this.#cores += coresOf(room.people + 1) - coresOf(room.people);
    this.#participants++;
    room.people++;
    room.engine = this;
    this.rooms.set(room.rid, room);
  }

  /** All of them. */
  leave(room: SimulatedRoom): void {
    this.#cores -= coresOf(room.people);
    this.#participants -= room.people;
    room.people = 0;
    room.engine = null;
    this.rooms.delete(room.rid);
  }

  report(): EngineReport {
    const url = `http://engine-${this.place}:7000/`;
    return {
      engineId: this.engineId,
      state: this.state,
      version: this.isUpgraded ? '2' : '1',
      region: 'region',
      url,
      publicUrl: url,
      cpu: this.load,
      workers: Array.from({ length: WORKERS }, () => this.load),
      packetsPerSecond: 0,
      participants: this.#participants,
      closedParticipants: 0,
      closedRooms: 0,
      residentBytes: 0,
      rooms: [...this.rooms.keys()],
    };
  }
}
