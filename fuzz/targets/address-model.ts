/** Which addresses are of the public Internet, once more: by numbers, and with what is embedded in them. */

/** An address as its octets, 4 or 16. */
export type AddressOctets = readonly number[];

/**
 * IANA's registry of special IPv4 addresses (RFC 6890), multicast (RFC 5771) and what is reserved (RFC 1112): none of them is
 * ever to be connected to.
 */
const SPECIAL_IPV4: readonly (readonly [first: string, last: string])[] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
];

/** @returns null for what is no address; of one with a zone, the address */
export function octetsOfAddress(text: string): AddressOctets | null {
  const [address = ''] = text.split('%');
  return address.includes(':') ? octetsOfIPv6(address) : octetsOfIPv4(address);
}

/** Whether it leads to this host, its network, a group of hosts or nowhere, itself or through what is embedded in it. */
export function isSpecial(octets: AddressOctets): boolean {
  if (octets.length === 4) {
    const number = numberOf(octets);
    return SPECIAL_IPV4.some(
      ([first, last]) => number >= numberOfText(first) && number <= numberOfText(last),
    );
  }
  const group = (at: number) => ((octets[2 * at] ?? 0) << 8) | (octets[2 * at + 1] ?? 0);
  // Mapped, compatible, translated, unique local, site-local, link-local, multicast: all but 2000::/3 (RFC 4291 section 2.4).
  if (group(0) < 0x2000 || group(0) > 0x3fff) return true;
  // 2001::/23, protocol assignments with Teredo in it; documentation, RFC 3849 and RFC 9637; 6to4.
  if (group(0) === 0x2001 && (group(1) < 0x200 || group(1) === 0xdb8)) return true;
  return (group(0) === 0x3fff && group(1) < 0x1000) || group(0) === 0x2002;
}

function octetsOfIPv4(text: string): AddressOctets | null {
  const parts = text.split('.');
  const octets = parts.map(Number);
  const isWritten = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  return isWritten && octets.every((octet) => octet < 256) ? octets : null;
}

/** RFC 4291 section 2.2. */
function octetsOfIPv6(text: string): AddressOctets | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [before, after] = halves.map(octetsOfGroups);
  if (before === null || before === undefined || after === null) return null;
  if (after === undefined) return before.length === 16 ? before : null;
  const missing = 16 - before.length - after.length;
  return missing < 2 ? null : [...before, ...Array<number>(missing).fill(0), ...after];
}

function octetsOfGroups(text: string): AddressOctets | null {
  if (text === '') return [];
  const groups = text.split(':');
  const octets = groups.map((group, at) => {
    if (group.includes('.')) return at === groups.length - 1 ? octetsOfIPv4(group) : null;
    return /^[0-9a-f]{1,4}$/i.test(group)
      ? [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]
      : null;
  });
  return octets.includes(null) ? null : octets.flatMap((some) => some ?? []);
}

function numberOfText(text: string): number {
  return numberOf(text.split('.').map(Number));
}

function numberOf(octets: AddressOctets): number {
  return octets.reduce((number, octet) => number * 256 + octet, 0);
}
