/** A source address as it stands in memory; what XOR-MAPPED-ADDRESS tells the peer (RFC 8489 section 14.2). */
export interface MappedAddress {
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
  readonly bytes: Uint8Array;
  /** Where in `bytes` the 4 or 16 address bytes begin, in network order. */
  readonly addressOffset: number;
}
