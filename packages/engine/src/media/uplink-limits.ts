/**
 * What a participant may send: each packet of it becomes as many as there are listeners, so that one who floods would
 * flood all the others. It is much more than anybody needs who speaks.
 */

/** RTP packets per second: Opus frames of 2.5 ms are 400, and as many again in a stream of retransmissions. */
export const UPLINK_PACKETS_PER_SECOND = 1_000;
/** So many of them at once: what a network has held up for half a minute at 50 per second. */
export const UPLINK_PACKET_BURST = 2_000;
/** Octets of RTP and RTCP per second, some 2 Mbit/s: Opus at its 510 kbit/s, three times over for redundancy. */
export const UPLINK_OCTETS_PER_SECOND = 250_000;
/** So many of them at once. */
export const UPLINK_OCTET_BURST = 1_000_000;

/**
 * Datagrams of DTLS per second that are tried with the keys once the handshake is over. A peer sends one then, or a few:
 * its last flight again, close_notify. To try one costs more than to forward a packet, and the source may be forged.
 */
export const DTLS_DATAGRAMS_PER_SECOND = 10;
export const DTLS_DATAGRAM_BURST = 20;

/**
 * The same while the handshake is under way: some ten datagrams, and again what is lost. Each may take as long as forwarding some
 * hundred packets.
 */
export const HANDSHAKE_DATAGRAMS_PER_SECOND = 20;
export const HANDSHAKE_DATAGRAM_BURST = 60;
