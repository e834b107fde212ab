import { readlinkSync } from 'node:fs';
import type { WorkerMemory } from '../memory.js';
import * as libc from './libc.js';

/** Bytes of the counter that is read and written. */
const COUNTER_SIZE = 8;

/**
 * By which other threads end this thread's sleep in poll(2): an eventfd(2). Descriptors are the process's, so each
 * thread can write to those of the others.
 */
export class WakeEvent {
  /** Readable when this thread was woken. */
  readonly descriptor: number;
  readonly #calls: libc.LibC;
  /** Absolute addresses of a 1, and of room for what is read. */
  readonly #one: number;
  readonly #read: number;

  /**
   * @param inherited the descriptor of a thread that died and that this one replaces, or null. Threads that have not
   *   heard of its death may still write to it, so it must never become anything else. When it has, there is a new one.
   * @throws Error when the process may open no more descriptors
   */
  constructor(calls: libc.LibC, memory: WorkerMemory, inherited: number | null) {
    this.#calls = calls;
    const isLeft = inherited !== null && isWakeEvent(inherited);
    this.descriptor = isLeft ? inherited : calls.eventfd(0, libc.EFD_NONBLOCK | libc.EFD_CLOEXEC);
    if (this.descriptor < 0) throw new Error(`eventfd failed: error ${calls.errno()}`);
    const counters = memory.reserve(2 * COUNTER_SIZE);
    memory.view.setBigUint64(counters, 1n, true);
    this.#one = memory.baseAddress + counters;
    this.#read = this.#one + COUNTER_SIZE;
  }

  /** Wakes another thread. @param descriptor of its wake event */
  wake(descriptor: number): void {
    this.#calls.write(descriptor, this.#one, COUNTER_SIZE);
  }

  /** Makes the event unreadable again, so that the next sleep lasts. */
  clear(): void {
    this.#calls.read(this.descriptor, this.#read, COUNTER_SIZE);
  }

  close(): void {
    this.#calls.close(this.descriptor);
  }
}

/** Whether a descriptor still is an eventfd: the thread may have died of somebody's closing it. */
function isWakeEvent(descriptor: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) === 'anon_inode:[eventfd]';
  } catch {
    return false;
  }
}
