/** Fixed slots: m-lines of a client's own on which it hears whoever speaks, without being offered anything again. */
import { MAX_SLOTS } from '@kraken/protocol';
import { formatOf, type NextId, signatureOf } from './forwarding.js';
import { type AudioLine, FixedSlot, type MediaLine } from './media-line.js';
import type { Peer } from './peer.js';
import type { OfferedLine } from './publishing.js';
import { relay } from './relays.js';
import type { Room } from './room.js';

/** Makes slots of the m-lines on which an offer of the client only receives, as many as it asks for and may have. */
export function assignSlots(peer: Peer, offered: readonly OfferedLine[]): void {
  for (const { line, media } of offered) {
    if (peer.slots >= Math.min(peer.wantedSlots, MAX_SLOTS)) return;
    if (line.fixed !== null || media.direction !== 'recvonly') continue;
    line.fixed = new FixedSlot(peer.slots, peer.freeSsrcs());
    peer.slots++;
  }
}

/** Makes what the media worker sends on a peer's slots what its last offer says. Safe to call at any time. */
export function reconcileSlots(room: Room, peer: Peer, nextId: NextId): void {
  for (const line of peer.audioLines()) {
    if (line.fixed !== null) reconcileSlot(peer, line, line.fixed, nextId);
  }
  if (peer.slots === 0 || room.slotSubscribers.countOn(peer.worker) > 1) return;
  for (const publisher of room.heard.values()) relay(room, publisher, peer.worker);
}

/** A publication has started: whoever has slots may hear it, on whatever worker. */
export function bringToSlots(room: Room, publisher: Peer): void {
  for (const worker of room.slotSubscribers.workers()) relay(room, publisher, worker);
}

/** Ends what was sent on slots whose m-lines are no longer there. */
export function closeRemovedSlots(
  peer: Peer,
  before: readonly MediaLine[],
  after: readonly MediaLine[],
): void {
  for (const line of before) {
    if (line.type === 'audio' && line.fixed !== null && !after.includes(line)) closeSlot(peer, line.fixed);
  }
}

function reconcileSlot(peer: Peer, line: AudioLine, fixed: FixedSlot, nextId: NextId): void {
  const isWanted = line.sendable && !line.stopped;
  const signature = signatureOf(line);
  if (isWanted && fixed.subscription?.signature === signature) return;
  closeSlot(peer, fixed);
  if (!isWanted) return;
  fixed.subscription = { id: nextId(), signature };
  peer.worker.send({
    type: 'open-slot',
    subscriptionId: fixed.subscription.id,
    transportId: peer.transportId,
    slot: fixed.index,
    ssrc: fixed.ssrc,
    ...formatOf(line, fixed),
    cname: fixed.label,
  });
}

function closeSlot({ worker }: Peer, fixed: FixedSlot): void {
  if (fixed.subscription === null) return;
  worker.send({ type: 'close-subscription', subscriptionId: fixed.subscription.id });
  fixed.subscription = null;
}
