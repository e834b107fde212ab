import type { MediaAddress } from '../contract/messages.js';

/** Type preferences, RFC 8445 section 5.1.2.2: hosts over UDP first; over TCP behind all UDP, RFC 6544 section 4.2. */
const TYPE_PREFERENCE = { udp: 126, tcp: 90 } as const;
/** RFC 6544 section 4.2: direction preference of passive host candidates. */
const PASSIVE_DIRECTION_PREFERENCE = 4;
const MAX_LOCAL_PREFERENCE = 65535;
/** RFC 6544 section 4.2: the direction takes the upper 3 of the 16 bits. */
const MAX_OTHER_PREFERENCE = 8191;
/** RTP and RTCP share the one component (rtcp-mux). */
const COMPONENT = 1;

/**
 * Writes one host candidate for each address, RFC 8839 section 5.1 and RFC 6544 section 4.5. Earlier addresses
 * are preferred. No two of them share a base and a protocol, so each has a foundation of its own (RFC 8445
 * section 5.1.1.3).
 *
 * @returns attribute lines without line ends
 */
export function writeHostCandidates(addresses: readonly MediaAddress[]): string[] {
  return addresses.map((address, order) => {
    const priority = candidatePriority(address.transport, order);
    const passive = address.transport === 'tcp' ? ' tcptype passive' : '';
    return (
      `a=candidate:${order + 1} ${COMPONENT} ${address.transport} ${priority} ` +
      `${address.address} ${address.port} typ host${passive}`
    );
  });
}

/** RFC 8445 section 5.1.2.1: 2^24 × type preference + 2^8 × local preference + (256 − component). */
function candidatePriority(transport: MediaAddress['transport'], order: number): number {
  const localPreference =
    transport === 'udp'
      ? MAX_LOCAL_PREFERENCE - order
      : 2 ** 13 * PASSIVE_DIRECTION_PREFERENCE + MAX_OTHER_PREFERENCE - order;
  return 2 ** 24 * TYPE_PREFERENCE[transport] + 2 ** 8 * localPreference + 256 - COMPONENT;
}
