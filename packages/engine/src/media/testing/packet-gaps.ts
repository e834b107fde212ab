import type { HeardPacket } from './test-peer.js';
import { PACKET_INTERVAL, PACKET_TICKS } from './test-stream.js';

/** @returns where numbers do not go on one by one, or timestamps not by the time that has passed */
export function findGaps(heard: readonly HeardPacket[]): readonly string[] {
  return findSteps(heard, (ticks, elapsed) => ticks === elapsed);
}

/** @returns where numbers do not go on one by one, or timestamps by less than a packet */
export function findBreaks(heard: readonly HeardPacket[]): readonly string[] {
  return findSteps(heard, (ticks) => ticks >= PACKET_TICKS);
}

/** @param isRight whether timestamps may go on by so many ticks when so many have passed */
function findSteps(
  heard: readonly HeardPacket[],
  isRight: (ticks: number, elapsed: number) => boolean,
): readonly string[] {
  return heard.slice(1).flatMap((packet, i) => {
    const before = heard[i];
    if (before === undefined) return [];
    const numbers = packet.index - before.index;
    const ticks = (packet.timestamp - before.timestamp) | 0;
    const elapsed = ((packet.at - before.at) / PACKET_INTERVAL) * PACKET_TICKS;
    if (numbers === 1 && isRight(ticks, elapsed)) return [];
    return [`packet ${i + 1}: ${numbers} numbers and ${ticks} ticks on, when ${elapsed} had passed`];
  });
}
