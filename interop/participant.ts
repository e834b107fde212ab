import { setTimeout as sleep } from 'node:timers/promises';

/** Someone in a room who publishes one tone and reports what it hears of the others. */
export interface Participant {
  /** Its uid: the others see it as the stream's id. */
  readonly uid: string;
  /** The frequency that it publishes, in hertz; 0 for a listener. */
  readonly tone: number;
  /** Publishes and then asks for changes, again and again, until it leaves. */
  join(): Promise<void>;
  /** @returns the frequencies in the decoded sound of each stream that is not muted, by the publisher's uid */
  hear(): Promise<Readonly<Record<string, readonly number[]>>>;
  leave(): Promise<void>;
}

const HEARING_MILLISECONDS = 20_000;
const PAUSE_MILLISECONDS = 250;
/** One look may be lucky, or unlucky: the sound has to be right that many times on end. */
const LOOKS = 2;

let rooms = 0;
let uids = 0;

/** @returns the id of a room that no other test uses */
export function newRoom(): string {
  rooms += 1;
  return `room-${process.pid}-${rooms}`;
}

/** @returns a uid in the form of Kraken's web client: uuid, colon, name in base64, percent-encoded */
export function newUid(): string {
  uids += 1;
  const uuid = `00000000-0000-4000-8000-${String(uids).padStart(12, '0')}`;
  return encodeURIComponent(`${uuid}:${Buffer.from(`Tester ${uids}`).toString('base64')}`);
}

/** What a participant should hear when exactly these others are in the room. */
export function tonesOf(others: readonly Participant[]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(others.filter(({ tone }) => tone > 0).map(({ uid, tone }) => [uid, [tone]]));
}

/**
 * Waits until a participant hears exactly these streams with exactly these frequencies, and keeps hearing them.
 * @throws with what was heard last, when that does not come true in time
 */
export async function untilHeard(
  listener: Participant,
  expected: Readonly<Record<string, readonly number[]>>,
  milliseconds = HEARING_MILLISECONDS,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  const wanted = canonical(expected);
  let right = 0;
  let heard = '';
  while (right < LOOKS) {
    heard = canonical(await listener.hear());
    right = heard === wanted ? right + 1 : 0;
    if (right === LOOKS) return;
    if (Date.now() > deadline) {
      throw new Error(`${listener.uid} should hear ${wanted} and hears ${heard}`);
    }
    await sleep(PAUSE_MILLISECONDS);
  }
}

/** Waits until each one of a room hears all the others, each with its own tone, and nothing else. */
export async function untilAllHearEachOther(participants: readonly Participant[]): Promise<void> {
  await Promise.all(
    participants.map((listener) => {
      const others = participants.filter((other) => other !== listener);
      return untilHeard(listener, tonesOf(others));
    }),
  );
}

function canonical(heard: Readonly<Record<string, readonly number[]>>): string {
  return JSON.stringify(Object.entries(heard).sort(([one], [other]) => one.localeCompare(other)));
}
