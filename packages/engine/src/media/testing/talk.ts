/** Rooms in which some speak and the others are quiet. */
import type { LimitRoom } from '../../contract/messages.js';
import type { MediaBench, Published } from './media-bench.js';
import type { HeardPacket, TestPeer } from './test-peer.js';
import { PACKET_INTERVAL } from './test-stream.js';

/** Octets of RFC 6464: voice at -25 dBov, and a quiet room. */
export const LOUD = 0x80 | 25;
export const QUIET = 70;
/** Packets after which who is loud is surely seated. */
export const ATTACK = 15;

/** What control tells of the benches' room. */
export function limitRoom(loudest: number | null, slots = 0): LimitRoom {
  return { type: 'limit-room', roomId: 1, loudest, slots };
}

/** So many come, each with a microphone. */
export function publishers(bench: MediaBench, count: number): Published[] {
  return Array.from({ length: count }, () => bench.publish(bench.join()));
}

/** Opens slots 0 to n - 1 for a peer. @returns their SSRCs */
export function openSlots(bench: MediaBench, peer: TestPeer, count: number): number[] {
  return Array.from({ length: count }, (_, slot) => bench.openSlot(peer, slot).ssrc);
}

/**
 * All send, and some of them speak.
 * @param clock of the bench, or of those that are linked
 * @returns what each has sent, by the payloads in hexadecimal
 */
export function talk(
  clock: { advance(milliseconds: number): void },
  all: readonly Published[],
  packets: number,
  ...speakers: readonly Published[]
): Map<Published, string[]> {
  const sent = new Map<Published, string[]>(all.map((published) => [published, []]));
  for (let i = 0; i < packets; i++) {
    for (const published of all) {
      const payload = published.stream.send({ level: speakers.includes(published) ? LOUD : QUIET });
      sent.get(published)?.push(payload.toString('hex'));
    }
    clock.advance(PACKET_INTERVAL);
  }
  return sent;
}

/** @returns the payloads in hexadecimal */
export function payloads(heard: readonly HeardPacket[]): string[] {
  return heard.map(({ payload }) => payload.toString('hex'));
}
