import { sends } from '../sdp/direction.js';
import type { RemoteMedia } from '../sdp/remote-description.js';
import { type NextId, silence } from './forwarding.js';
import type { AudioLine } from './media-line.js';
import type { Peer } from './peer.js';
import { endRelays } from './relays.js';
import type { Room } from './room.js';

/** An audio m-line together with what the client says about it. */
export interface OfferedLine {
  readonly line: AudioLine;
  readonly media: RemoteMedia;
}

/**
 * Takes the client's stream from the m-line that it sends on, after an offer of the client. A client that sends
 * on several is heard on one: on that which it was heard on before, or else on the first.
 */
export function publishFromOffer(
  room: Room,
  peer: Peer,
  offered: readonly OfferedLine[],
  nextId: NextId,
): void {
  const sending = offered.filter(({ line, media }) => !line.stopped && sends(media.direction));
  const chosen = sending.find(({ line }) => line === peer.publication?.line) ?? sending[0] ?? null;
  for (const { line } of offered) {
    line.receives = line === chosen?.line;
  }
  const signature = chosen === null ? null : signatureOf(chosen);
  if (signature !== (peer.publication?.signature ?? null)) {
    endPublication(room, peer, chosen === null);
    if (chosen !== null) {
      openPublication(peer, chosen, nextId);
    }
  }
}

/** Follows a client that in an answer stops sending, or sends again, on the m-line that it was heard on. */
export function publishFromAnswer(room: Room, peer: Peer, offered: OfferedLine, nextId: NextId): void {
  const { line, media } = offered;
  if (!line.receives) {
    return;
  }
  const isSending = !line.stopped && sends(media.direction);
  if (peer.publication !== null && !isSending) {
    endPublication(room, peer, true);
  } else if (peer.publication === null && isSending && media.opus !== null) {
    openPublication(peer, offered, nextId);
  } else {
    requestRetransmissions(peer, line);
  }
}

/** The client has answered an offer that lists NACK: from here on it keeps what it sends. */
function requestRetransmissions({ publication, worker }: Peer, line: AudioLine): void {
  if (publication === null || publication.requestsRetransmissions || !line.offersNack) return;
  publication.requestsRetransmissions = true;
  worker.send({ type: 'request-retransmissions', publicationId: publication.id });
}

function endPublication(room: Room, peer: Peer, forGood: boolean): void {
  const { publication } = peer;
  if (publication === null) {
    return;
  }
  peer.publication = null;
  peer.speaking = false;
  room.stopHearing(publication);
  if (forGood) {
    silence(room, peer.uid);
  }
  peer.worker.send({ type: 'close-publication', publicationId: publication.id });
  endRelays(publication);
}

function openPublication(peer: Peer, offered: OfferedLine, nextId: NextId): void {
  const { line, media } = offered;
  const { payloadType, extensions, repair } = line.format;
  const { red, rtxPayloadType, feedback } = repair;
  const nack = feedback.nack || line.offersNack;
  peer.publication = {
    id: nextId(),
    line,
    signature: signatureOf(offered),
    started: false,
    requestsRetransmissions: nack,
    relays: new Set(),
  };
  peer.worker.send({
    type: 'open-publication',
    publicationId: peer.publication.id,
    transportId: peer.transportId,
    mid: line.mid,
    ssrcs: media.ssrcs,
    payloadType,
    redPayloadType: red?.payloadType ?? null,
    retransmission:
      rtxPayloadType === null ? null : { payloadType: rtxPayloadType, ssrc: media.retransmissionSsrc },
    extensions,
    feedback: { ...feedback, nack },
  });
  if (peer.silenced) {
    peer.worker.send({ type: 'silence-publication', publicationId: peer.publication.id, silenced: true });
  }
}

function signatureOf({ line, media }: OfferedLine): string {
  const { payloadType, extensions, repair } = line.format;
  const { red, rtxPayloadType, feedback } = repair;
  return JSON.stringify([
    line.mid,
    media.ssrcs,
    media.retransmissionSsrc,
    payloadType,
    red?.payloadType,
    rtxPayloadType,
    extensions,
    feedback,
  ]);
}
