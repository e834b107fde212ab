import type { OpenSubscription } from '../contract/messages.js';
import type { AudioLine, MediaLine } from './media-line.js';
import type { Peer } from './peer.js';
import { relay } from './relays.js';
import type { Room } from './room.js';
import type { Route, StreamSsrcs } from './slot.js';

/** Gives the next number that names something to the media workers. */
export type NextId = () => number;

/**
 * Makes the subscriptions of a peer what its last answer says: closes what it no longer hears, then opens what
 * it hears and does not get yet. Safe to call at any time.
 */
export function reconcileSubscriptions(room: Room, peer: Peer, nextId: NextId): void {
  const lines = peer.audioLines();
  for (const line of lines) {
    const { subscription, heard } = line.slot;
    const fits =
      subscription !== null && subscription.route === heard && subscription.signature === signatureOf(line);
    if (!fits) {
      closeSubscription(peer, line);
    }
  }
  for (const line of lines) {
    const { subscription, heard } = line.slot;
    if (subscription === null && heard !== null) {
      openSubscription(room, peer, line, heard, nextId);
    }
  }
}

/**
 * A publication has started. Whoever hears the uid's former connection is fed from this one from here on, until
 * the next offer and answer move it to an m-line of its own.
 */
export function feedFromStarted(room: Room, publisher: Peer, nextId: NextId): void {
  const { publication } = publisher;
  if (publication === null) {
    return;
  }
  for (const peer of room.others(publisher)) {
    if (peer.hasFixedSlots) continue;
    for (const { slot } of peer.audioLines()) {
      const { subscription } = slot;
      if (
        subscription?.route.publisher.uid === publisher.uid &&
        subscription.publicationId !== publication.id
      ) {
        const { id: subscriptionId } = subscription;
        relay(room, publisher, peer.worker);
        peer.worker.send({ type: 'switch-subscription', subscriptionId, publicationId: publication.id });
        subscription.publicationId = publication.id;
      }
    }
    reconcileSubscriptions(room, peer, nextId);
  }
}

/** Nobody hears that uid any longer: it has left, or it publishes nothing. */
export function silence(room: Room, uid: string): void {
  for (const peer of room.peers.values()) {
    if (peer.hasFixedSlots) continue;
    for (const line of peer.audioLines()) {
      if (line.slot.subscription?.route.publisher.uid === uid) {
        closeSubscription(peer, line);
      }
    }
  }
}

/** Ends what was forwarded on m-lines that are no longer there. */
export function closeRemovedLines(
  peer: Peer,
  before: readonly MediaLine[],
  after: readonly MediaLine[],
): void {
  for (const line of before) {
    if (line.type === 'audio' && !after.includes(line)) {
      closeSubscription(peer, line);
    }
  }
}

function openSubscription(room: Room, peer: Peer, line: AudioLine, route: Route, nextId: NextId): void {
  const { publication } = route.publisher;
  if (publication === null) {
    return;
  }
  const subscription = {
    id: nextId(),
    route,
    publicationId: publication.id,
    signature: signatureOf(line),
  };
  line.slot.subscription = subscription;
  relay(room, route.publisher, peer.worker);
  peer.worker.send({
    type: 'open-subscription',
    subscriptionId: subscription.id,
    publicationId: publication.id,
    transportId: peer.transportId,
    ssrc: route.ssrc,
    ...formatOf(line, route),
    cname: route.publisher.cid,
  });
}

/** @returns how the subscriber gets the stream: what of the m-line matters to the media worker */
export function formatOf(
  { format }: AudioLine,
  { retransmissionSsrc: ssrc }: StreamSsrcs,
): Pick<OpenSubscription, 'payloadType' | 'redPayloadType' | 'retransmission' | 'audioLevelExtension'> {
  const { payloadType, repair, extensions } = format;
  return {
    payloadType,
    redPayloadType: repair.red?.payloadType ?? null,
    retransmission: repair.rtxPayloadType === null ? null : { payloadType: repair.rtxPayloadType, ssrc },
    audioLevelExtension: extensions.audioLevel,
  };
}

/** @returns the same, to be compared */
export function signatureOf({ format: { payloadType, repair, extensions } }: AudioLine): string {
  return JSON.stringify([payloadType, repair.red?.payloadType, repair.rtxPayloadType, extensions.audioLevel]);
}

function closeSubscription({ worker }: Peer, { slot }: AudioLine): void {
  if (slot.subscription !== null) {
    worker.send({ type: 'close-subscription', subscriptionId: slot.subscription.id });
    slot.subscription = null;
  }
}
