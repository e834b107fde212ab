/**
 * IP addresses between their text and their bytes in network order.
 * IPv6 text: RFC 4291 section 2.2 is read, RFC 5952 section 4 is written.
 */

export const IPV4_ADDRESS_LENGTH = 4;
export const IPV6_ADDRESS_LENGTH = 16;
const IPV6_GROUPS = 8;

/**
 * @param text four decimal numbers: `192.0.2.1`
 * @param bytes receives 4 bytes at `offset`
 * @returns false when the text is no IPv4 address; the bytes may then be written in part
 */
export function parseIpv4Address(text: string, bytes: Uint8Array, offset: number): boolean {
  const parts = text.split('.');
  if (parts.length !== IPV4_ADDRESS_LENGTH) return false;
  for (const [i, part] of parts.entries()) {
    // No leading zeros: some readers take them for octal.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return false;
    bytes[offset + i] = Number(part);
  }
  return true;
}

/**
 * @param text as in RFC 4291 section 2.2, with `::` and an embedded IPv4 address, without a zone
 * @param bytes receives 16 bytes at `offset`
 * @returns false when the text is no IPv6 address; the bytes are then as they were
 */
export function parseIpv6Address(text: string, bytes: Uint8Array, offset: number): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const [before = '', after] = halves;
  const head = parseGroups(before, after === undefined);
  const tail = after === undefined ? [] : parseGroups(after, true);
  if (head === null || tail === null) return false;
  const missing = IPV6_GROUPS - head.length - tail.length;
  // `::` stands for one group of zeros at least.
  if (after === undefined ? missing !== 0 : missing < 1) return false;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (const [i, group] of groups.entries()) {
    bytes[offset + 2 * i] = group >>> 8;
    bytes[offset + 2 * i + 1] = group & 0xff;
  }
  return true;
}

/** @param last whether the text ends the address: only there an IPv4 address may be embedded */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const embedded = new Uint8Array(IPV4_ADDRESS_LENGTH);
      if (!last || i !== parts.length - 1 || !parseIpv4Address(part, embedded, 0)) return null;
      groups.push(readGroup(embedded, 0), readGroup(embedded, 2));
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** @returns dotted decimal text of the 4 bytes at `offset` */
export function formatIpv4Address(bytes: Uint8Array, offset: number): string {
  return bytes.subarray(offset, offset + IPV4_ADDRESS_LENGTH).join('.');
}

/** @returns canonical text (RFC 5952) of the 16 bytes at `offset`; an IPv4-mapped address is shown as IPv6 here */
export function formatIpv6Address(bytes: Uint8Array, offset: number): string {
  const groups: number[] = [];
  for (let i = 0; i < IPV6_GROUPS; i++) groups.push(readGroup(bytes, offset + 2 * i));
  const { start, length } = longestZeroRun(groups);
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  // A single zero group is written out, RFC 5952 section 4.2.2.
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The first of the longest runs, RFC 5952 section 4.2.3. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}

/** ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
export function isIpv4Mapped(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 10; i++) {
    if (bytes[offset + i] !== 0) return false;
  }
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

function readGroup(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
