/**
 * Which of the packets that were sent within a stretch of time have arrived: each subscriber counts each publisher's
 * packets from the first to the last that was sent in it, so that what is on its way at either end is no loss.
 */
import type { Participant } from './participant.js';
import { NOBODY, type Reception } from './reception.js';

export interface Losses {
  /** Packets sent, times those who ought to have heard them. */
  readonly expected: number;
  readonly arrived: number;
  /** Greatest share that one subscriber lost, 0 to 1. */
  readonly worstLoss: number;
}

export class LossWindow {
  readonly #participants: readonly Participant[];
  readonly #isSelective: boolean;
  /** Counter of the first packet by the publisher's index. */
  readonly #starts: ReadonlyMap<number, number>;
  /** Counter behind the last packet, once it is known. */
  #ends: ReadonlyMap<number, number> = new Map();

  /**
   * Opens it: packets count that are sent from now on.
   * @param isSelective the SFU forwards some of what is published: then as many are expected as sequence numbers announce
   */
  constructor(participants: readonly Participant[], isSelective: boolean) {
    this.#participants = participants;
    this.#isSelective = isSelective;
    this.#starts = countersOf(participants);
    this.#forEachHeard((reception) => reception.openWindow(this.#starts.get(reception.publisher) ?? 0));
  }

  /** Packets that are sent from now on do not count. */
  close(): void {
    this.#ends = countersOf(this.#participants);
    this.#forEachHeard((reception) => reception.closeWindow(this.#ends.get(reception.publisher) ?? 0));
  }

  /** @returns what has arrived so far of a closed window */
  losses(): Losses {
    let [expected, arrived, worstLoss] = [0, 0, 0];
    for (const participant of this.#participants) {
      let [ownExpected, ownArrived] = [0, 0];
      for (const { publisher, receivedInWindow, announcedInWindow } of heardBy(participant)) {
        ownExpected += this.#isSelective
          ? announcedInWindow
          : (this.#ends.get(publisher) ?? 0) - (this.#starts.get(publisher) ?? 0);
        ownArrived += receivedInWindow;
      }
      expected += ownExpected;
      arrived += ownArrived;
      if (ownExpected > 0) worstLoss = Math.max(worstLoss, 1 - ownArrived / ownExpected);
    }
    return { expected, arrived, worstLoss };
  }

  /**
   * @returns what has arrived so far of an open window, of the packets up to the latest one that each subscriber has of each
   *   stream: what is on its way is no loss, and a stream that has broken off shows no more of it
   */
  lossesSoFar(): Losses {
    let [expected, arrived, worstLoss] = [0, 0, 0];
    for (const participant of this.#participants) {
      let [ownExpected, ownArrived] = [0, 0];
      for (const reception of heardBy(participant)) {
        const { publisher, highest, indexOffset, receivedInWindow, announcedInWindow } = reception;
        const start = this.#starts.get(publisher);
        if (indexOffset === null || start === undefined) continue;
        ownExpected += this.#isSelective ? announcedInWindow : Math.max(0, highest - indexOffset + 1 - start);
        ownArrived += receivedInWindow;
      }
      expected += ownExpected;
      arrived += ownArrived;
      if (ownExpected > 0) worstLoss = Math.max(worstLoss, 1 - ownArrived / ownExpected);
    }
    return { expected, arrived, worstLoss };
  }

  #forEachHeard(action: (reception: Reception) => void): void {
    for (const participant of this.#participants) heardBy(participant).forEach(action);
  }
}

function countersOf(participants: readonly Participant[]): Map<number, number> {
  return new Map(
    participants.flatMap(({ options, sender }) =>
      options.isPublisher && sender !== null ? [[options.index, sender.counter]] : [],
    ),
  );
}

/** @returns the streams that an offer has named */
function heardBy({ receiver }: Participant): Reception[] {
  return (receiver?.receptions.values() ?? []).filter(({ publisher }) => publisher !== NOBODY);
}
