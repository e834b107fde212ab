import type { Slots } from './signalling/protocol.js';
import type { Voice } from './voice.js';

const LABEL = /^slot-(\d+)$/;

/** An m-line on which, one after the other, those are heard who speak. */
export interface Slot extends Omit<Voice, 'uid'> {
  readonly mid: string;
}

/**
 * @param transceivers of a connection that has the answer
 * @param labels what the server calls each mid
 * @returns the slots that it has made, by their numbers; none of a server that knows no slots
 */
export function slotsOf(
  transceivers: readonly RTCRtpTransceiver[],
  labels: ReadonlyMap<string, string>,
): readonly Slot[] {
  const slots: Slot[] = [];
  for (const { mid, receiver } of transceivers) {
    const number = LABEL.exec(labels.get(mid ?? '') ?? '')?.[1];
    // No uid begins with a space.
    if (mid !== null && number !== undefined)
      slots[Number(number)] = {
        mid,
        receiver,
        stream: new MediaStream([receiver.track]),
        player: ` ${number}`,
      };
  }
  return slots;
}

/** @param uid one's own, who is not heard @returns who is heard, by mid */
export function seat(slots: readonly Slot[], holders: Slots, uid: string): ReadonlyMap<string, Voice> {
  const voices = new Map<string, Voice>();
  for (const [number, { mid, ...slot }] of slots.entries()) {
    const holder = holders[number]?.uid ?? uid;
    if (holder !== uid) voices.set(mid, { ...slot, uid: holder });
  }
  return voices;
}
