import type { Fingerprint, MediaAddress } from '../contract/messages.js';
import { type LocalMedia, writeLocalDescription } from '../sdp/local-description.js';
import type { Setup } from '../sdp/remote-transport.js';
import type { MediaLine } from './media-line.js';
import type { Peer } from './peer.js';
import type { SessionDescription } from './signalling.js';

/**
 * Writes the engine's next description to a peer.
 *
 * @param fingerprint of the certificate that the media workers show
 * @param addresses where the room's media worker takes media
 */
export function describePeer(
  peer: Peer,
  type: 'offer' | 'answer',
  fingerprint: Fingerprint,
  addresses: readonly MediaAddress[],
): SessionDescription {
  const sdp = writeLocalDescription({
    sessionId: peer.sessionId,
    version: peer.nextVersion(),
    transport: {
      ...peer.credentials,
      fingerprint,
      setup: type === 'offer' ? 'actpass' : setupOf(peer),
      addresses,
    },
    media: peer.lines.map((line) => describeLine(line, type)),
  });
  return { type, sdp };
}

/** RFC 8842 section 5.5: the roles of a DTLS association stay as they are. */
function setupOf(peer: Peer): Setup {
  return peer.dtlsRole === 'server' ? 'passive' : 'active';
}

function describeLine(line: MediaLine, type: 'offer' | 'answer'): LocalMedia {
  return line.type === 'audio'
    ? line.describe(type, type === 'offer' || line.slot.heard !== null)
    : line.media;
}
