import { NO_FEEDBACK } from '../sdp/audio-codecs.js';
import { NO_EXTENSIONS } from '../sdp/header-extensions.js';
import { MAX_MEDIA_LINES } from '../sdp/sections.js';
import { AudioLine } from './media-line.js';
import type { Peer } from './peer.js';
import type { Room } from './room.js';
import type { Route, Slot } from './slot.js';

/** On m-lines that the engine adds; the proto of every browser (RFC 8834, RFC 5764 section 8). */
const ENGINE_PROTOCOL = 'UDP/TLS/RTP/SAVPF';
/** Begins the mids that the engine gives, so that a client's own mids, which are numbers or words, never meet them. */
const ENGINE_MID_PREFIX = 'k';

/**
 * Gives every participant whose media flows an m-line of the peer, and takes the m-lines from those who left.
 * Works from the newest state, whatever became of the offers before. Who may hear nobody is given none.
 *
 * @returns whether there is anything to offer; to a client with fixed slots there never is
 */
export function planOffer(room: Room, peer: Peer): boolean {
  if (peer.hasFixedSlots) return false;
  const served = new Set<Peer>();
  for (const { slot } of peer.audioLines()) {
    if (slot.route === null) {
      continue;
    }
    const isOver = !slot.route.publisher.isHeard && !awaitsSuccessor(room, slot);
    if (peer.permissions.subscribe && !isOver) {
      served.add(slot.route.publisher);
    } else {
      slot.clear();
    }
  }
  for (const other of peer.permissions.subscribe ? room.heard.values() : []) {
    if (other !== peer && !served.has(other)) {
      const route = peer.routeFrom(other);
      lineFor(peer, route)?.slot.give(route);
    }
  }
  return peer.audioLines().some(({ slot }) => !slot.isSettled);
}

/**
 * Whether the publisher's stream, which is gone, is about to be continued by a connection of the same uid whose
 * media has not arrived yet. Until then the m-line stays as it is.
 */
function awaitsSuccessor(room: Room, slot: Slot): boolean {
  const uid = slot.subscription?.route.publisher.uid;
  const publication = uid === undefined ? null : room.peers.get(uid)?.publication;
  return publication?.started === false;
}

/** @returns the m-line for a publisher that has none, or null when the peer has too many */
function lineFor(peer: Peer, route: Route): AudioLine | null {
  const lines = peer.audioLines();
  const usable = lines.find((line) => !line.stopped && line.slot.canReturnTo(route));
  if (usable !== undefined) {
    return usable;
  }
  const free = lines.filter((line) => line.isFree);
  const own = free.find((line) => line.slot.lastUid === route.publisher.uid);
  const recycled = own ?? free[0];
  if (recycled !== undefined) {
    return recycled;
  }
  if (peer.lines.length < MAX_MEDIA_LINES) {
    const added = new AudioLine(newMid(peer), ENGINE_PROTOCOL, formatToSend(peer), true);
    peer.lines.push(added);
    return added;
  }
  // A client that never answers: it may miss that the m-line changes hands.
  return lines.find((line) => !line.stopped && !line.receives && line.slot.route === null) ?? null;
}

function formatToSend({ format }: Peer): AudioLine['format'] {
  const { extensions, repair } = format;
  return {
    ...format,
    extensions: { ...NO_EXTENSIONS, audioLevel: extensions.audioLevel },
    repair: {
      ...repair,
      red: repair.red === null ? null : { ...repair.red, first: false },
      feedback: { ...NO_FEEDBACK, nack: repair.feedback.nack },
    },
  };
}

function newMid(peer: Peer): string {
  const taken = new Set(peer.lines.map((line) => line.mid));
  let number = peer.lines.length;
  while (taken.has(`${ENGINE_MID_PREFIX}${number}`)) {
    number++;
  }
  return `${ENGINE_MID_PREFIX}${number}`;
}
