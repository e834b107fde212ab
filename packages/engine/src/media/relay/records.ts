/**
 * What one worker tells another about a publication, record by record of a ring; each number is a 32-bit word.
 *
 *     RELAYED_PACKET         publication, index, length of header | stretch << 8 | length of payload << 16,
 *                            claim | score << 2, the canonical packet
 *     RELAYED_SENDER_REPORT  publication, NTP seconds, NTP fraction, RTP timestamp
 *     RELAYED_GOODBYE        publication
 *
 * Claim and score are those of speakers/seats.ts. A word with kind and length stands before each (ring.ts). The packet is as rtp/canonical-header.ts draws it, its
 * octets in their order, up to the next word.
 */
export const RELAYED_PACKET = 1;
export const RELAYED_SENDER_REPORT = 2;
export const RELAYED_GOODBYE = 3;

/** Words of a packet's record before the packet itself. */
export const PACKET_PREFACE = 5;
/** Words of the others. */
export const SENDER_REPORT_RECORD = 5;
export const GOODBYE_RECORD = 2;
