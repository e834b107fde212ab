/**
 * Drives all participants of a process: each publisher sends at its own phase of the 20 ms between two packets, as
 * microphones that know nothing of each other do, and sockets are emptied one after the other, round and round, each
 * with a batch waiting in it, so that receiving delays no sender by more than one batch.
 *
 * It sleeps by the clock and never on a socket: a sleeper on a socket would be woken by the engine's send calls, and
 * the engine would be charged for it.
 */
import { PACKET_INTERVAL_MS } from './media-packet.js';
import type { Participant } from './participant.js';

/** Between two looks at the same socket: a participant of a large room has dozens of packets waiting by then. */
const DRAIN_INTERVAL_MS = 10;
const TICK_INTERVAL_MS = 10;
/** The event loop, which signalling needs, gets its turn at least this often. */
const MAX_SLEEP_MS = 1;
const MAX_TURN_MS = 2;
/** Behind by more than this, the schedule is moved instead of the packets being sent in a burst. */
const MAX_BACKLOG_MS = 200;
/** A publisher that falls silent sends so many. */
const PACKETS_BEFORE_SILENCE = 50;
/** A packet is late that is sent by more than this behind its time: a quarter of the interval. */
const LATE_MS = 5;

export interface LoadLoopOptions {
  /** Gives numbers from 0 to 1, for the phases. */
  readonly random: () => number;
  /** Whether publishers fall silent after a second: SFUs offer to others only who has been heard. */
  readonly silent: boolean;
}

interface Slot {
  readonly participant: Participant;
  readonly phase: number;
}

export class LoadLoop {
  /** Greatest lateness of a packet in ms since resetLateness(). */
  maxLateness = 0;
  /** Packets sent late since resetLateness(). */
  lateSends = 0;
  readonly #participants: Participant[];
  /** Those whose handshakes are under way: their sockets are looked at in every turn. */
  readonly #joining = new Set<Participant>();
  /** Publishers by phase: they are due in this order, round by round. */
  readonly #slots: readonly Slot[];
  readonly #onFault: (error: unknown) => void;
  #packetsEach: number;
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #roundStart = 0;
  #nextSlot = 0;
  #drainRoundStart = 0;
  #nextDrained = 0;
  #nextTick = 0;
  #running = false;

  /**
   * @param publishers among them send
   * @param onFault told what a turn threw; the loop has then stopped
   */
  constructor(
    participants: readonly Participant[],
    options: LoadLoopOptions,
    onFault: (error: unknown) => void,
  ) {
    this.#participants = [...participants];
    this.#onFault = onFault;
    this.#packetsEach = options.silent ? PACKETS_BEFORE_SILENCE : Number.POSITIVE_INFINITY;
    this.#slots = participants
      .filter((participant) => participant.options.isPublisher)
      .map((participant) => ({ participant, phase: options.random() * PACKET_INTERVAL_MS }))
      .sort((a, b) => a.phase - b.phase);
  }

  start(): void {
    this.#running = true;
    this.#roundStart = performance.now();
    this.#drainRoundStart = this.#roundStart;
    setImmediate(this.#turn);
  }

  stop(): void {
    this.#running = false;
  }

  /** From now on drives this one as well, who only keeps the connection up and sends no media. */
  add(participant: Participant): void {
    this.#participants.push(participant);
    this.#joining.add(participant);
  }

  remove(participant: Participant): void {
    this.#joining.delete(participant);
    const place = this.#participants.indexOf(participant);
    if (place >= 0) this.#participants.splice(place, 1);
  }

  /** Sends no more media; all else goes on. */
  silence(): void {
    this.#packetsEach = 0;
  }

  resetLateness(): void {
    this.maxLateness = 0;
    this.lateSends = 0;
  }

  readonly #turn = (): void => {
    if (!this.#running) return;
    try {
      const start = performance.now();
      let now = start;
      let drained = false;
      do {
        this.#sendDue(now);
        drained = this.#drainNext(now);
        now = performance.now();
      } while ((drained || now >= this.#nextSend()) && now - start < MAX_TURN_MS);
      this.#driveJoining(now);
      if (now >= this.#nextTick) {
        this.#nextTick = now + TICK_INTERVAL_MS;
        for (const participant of this.#participants) participant.tick(now);
      }
      const idle = this.#nextSend() - performance.now();
      if (idle > 0 && !drained) Atomics.wait(this.#sleeper, 0, 0, Math.min(idle, MAX_SLEEP_MS));
      setImmediate(this.#turn);
    } catch (error) {
      this.#running = false;
      this.#onFault(error);
    }
  };

  #sendDue(now: number): void {
    this.maxLateness = Math.max(this.maxLateness, now - this.#nextSend());
    if (now - this.#roundStart > PACKET_INTERVAL_MS + MAX_BACKLOG_MS) this.#roundStart = now;
    for (let due = this.#nextSend(); due <= now; due = this.#nextSend()) {
      if (now - due > LATE_MS) this.lateSends++;
      const participant = this.#slots[this.#nextSlot]?.participant;
      if ((participant?.sender?.counter ?? 0) < this.#packetsEach) participant?.sendMedia(now);
      this.#nextSlot++;
      if (this.#nextSlot >= this.#slots.length) {
        this.#nextSlot = 0;
        this.#roundStart += PACKET_INTERVAL_MS;
      }
    }
  }

  #nextSend(): number {
    const slot = this.#slots[this.#nextSlot];
    return slot === undefined ? Number.POSITIVE_INFINITY : this.#roundStart + slot.phase;
  }

  #driveJoining(now: number): void {
    for (const participant of this.#joining) {
      participant.drain(now);
      participant.tick(now);
      if (participant.state === 'connected' || participant.state === 'closed') {
        this.#joining.delete(participant);
      }
    }
  }

  /** @returns whether it was time to look at a socket */
  #drainNext(now: number): boolean {
    const { length } = this.#participants;
    if (now < this.#drainRoundStart + (this.#nextDrained / length) * DRAIN_INTERVAL_MS) return false;
    this.#participants[this.#nextDrained]?.drain(now);
    this.#nextDrained++;
    if (this.#nextDrained >= length) {
      this.#nextDrained = 0;
      this.#drainRoundStart = Math.max(this.#drainRoundStart + DRAIN_INTERVAL_MS, now - DRAIN_INTERVAL_MS);
    }
    return true;
  }
}
