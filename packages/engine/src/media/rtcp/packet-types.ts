/** RTCP packet types by value: the registry "RTCP Control Packet Types (PT)" of IANA. */

/** Sender report, RFC 3550 section 6.4.1. */
export const RTCP_SENDER_REPORT = 200;
/** Receiver report, RFC 3550 section 6.4.2. */
export const RTCP_RECEIVER_REPORT = 201;
/** Source description, RFC 3550 section 6.5. */
export const RTCP_SOURCE_DESCRIPTION = 202;
/** Goodbye, RFC 3550 section 6.6. */
export const RTCP_BYE = 203;
/** Generic RTP feedback, RFC 4585 section 6.2. */
export const RTCP_TRANSPORT_LAYER_FEEDBACK = 205;
/** Payload-specific feedback, RFC 4585 section 6.3. */
export const RTCP_PAYLOAD_SPECIFIC_FEEDBACK = 206;

/** What every other type, registered or not, is called in statistics when it has no name of its own. */
export const UNKNOWN_PACKET_TYPE = 'unknown';

/** Abbreviations by packet type. */
export const RTCP_PACKET_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  /** Full intra-frame request, RFC 2032, historic. */
  [192, 'FIR'],
  /** Negative acknowledgement, RFC 2032, historic. */
  [193, 'NACK'],
  /** SMPTE time-code mapping, RFC 5484. */
  [194, 'SMPTETC'],
  /** Extended inter-arrival jitter report, RFC 5450. */
  [195, 'IJ'],
  [RTCP_SENDER_REPORT, 'SR'],
  [RTCP_RECEIVER_REPORT, 'RR'],
  [RTCP_SOURCE_DESCRIPTION, 'SDES'],
  [RTCP_BYE, 'BYE'],
  /** Application-defined, RFC 3550 section 6.7. */
  [204, 'APP'],
  [RTCP_TRANSPORT_LAYER_FEEDBACK, 'RTPFB'],
  [RTCP_PAYLOAD_SPECIFIC_FEEDBACK, 'PSFB'],
  /** Extended report, RFC 3611. */
  [207, 'XR'],
  /** AVB RTCP packet, IEEE 1733. */
  [208, 'AVB'],
  /** Receiver summary information, RFC 5760. */
  [209, 'RSI'],
  /** Port mapping, RFC 6284. */
  [210, 'TOKEN'],
  /** IDMS settings, RFC 7272. */
  [211, 'IDMS'],
  /** Reporting group reporting sources, RFC 8861. */
  [212, 'RGRS'],
  /** Splicing notification message, RFC 8286. */
  [213, 'SNM'],
]);

/** @returns the abbreviation of a packet type, or `unknown` */
export function rtcpPacketTypeName(packetType: number): string {
  return RTCP_PACKET_TYPE_NAMES.get(packetType) ?? UNKNOWN_PACKET_TYPE;
}
