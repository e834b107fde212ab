/** What a network and other implementations of DTLS do to the datagrams of a handshake. */

/** A change on the way. */
export interface Disturbance {
  /** Which octet is changed; of a handshake message that is cut in two, where. */
  readonly at: number;
  /** How; 0 leaves the octets as they are, and another fate is theirs. */
  readonly mask: number;
  /** Octets that are kept; 0 for all. Without any change, it says the fate. */
  readonly length: number;
}

const HANDSHAKE = 22;
const RECORD_HEADER = 13;
const MESSAGE_HEADER = 12;
/** Octets of a length, RFC 6347 section 4.2.2. */
const LENGTH_OCTETS = 3;
const FATES = ['lost', 'twice', 'held', 'fragmented'] as const;

/** Takes the datagrams of one peer and gives what arrives in their place. */
export class HandshakeNetwork {
  readonly #disturbances: Disturbance[] = [];
  #held: Buffer | null = null;
  /** By how much the numbers of records have moved, since some became two. */
  #moved = 0;
  /** Whether all that happened is what DTLS has to come through without a time-out. */
  isHarmless = true;

  expect(disturbance: Disturbance): void {
    this.#disturbances.push(disturbance);
  }

  pass(bytes: Buffer): Buffer[] {
    const moved = this.#renumber(bytes);
    const arriving = this.#disturb(moved);
    if (arriving.length === 0 || this.#held === null || this.#held === moved) return arriving;
    const late = this.#held;
    this.#held = null;
    return [...arriving, late];
  }

  #disturb(bytes: Buffer): Buffer[] {
    const disturbance = this.#disturbances.shift();
    if (disturbance === undefined) return [bytes];
    const { at, mask, length } = disturbance;
    if (mask !== 0) {
      this.isHarmless = false;
      const changed = Buffer.from(length === 0 ? bytes : bytes.subarray(0, length));
      if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ mask;
      return [changed];
    }
    switch (FATES[(length >> 3) % FATES.length]) {
      case 'twice':
        return [bytes, Buffer.from(bytes)];
      case 'held':
        if (this.#held !== null) return [bytes];
        // What nothing follows is lost.
        this.isHarmless = false;
        this.#held = bytes;
        return [];
      case 'fragmented':
        return [this.#fragment(bytes, at)];
      default:
        this.isHarmless = false;
        return [];
    }
  }

  /** The first message, if it is whole and begins the datagram, becomes two fragments, each in a record of its own. */
  #fragment(bytes: Buffer, at: number): Buffer {
    if (!isPlainHandshake(bytes)) return bytes;
    const end = RECORD_HEADER + bytes.readUInt16BE(RECORD_HEADER - 2);
    const total = bytes.readUIntBE(RECORD_HEADER + 1, LENGTH_OCTETS);
    const isWhole = end === RECORD_HEADER + MESSAGE_HEADER + total && end <= bytes.length;
    if (!isWhole || total < 2) return bytes;
    const middle = 1 + (at % (total - 1));
    const first = fragmentOf(bytes.subarray(0, end), 0, middle);
    const second = fragmentOf(bytes.subarray(0, end), middle, total);
    this.#moved++;
    const rest = Buffer.from(bytes.subarray(end));
    for (const later of [second, rest]) moveRecords(later, 1);
    return Buffer.concat([first, second, rest]);
  }

  #renumber(bytes: Buffer): Buffer {
    if (this.#moved === 0) return bytes;
    const moved = Buffer.from(bytes);
    moveRecords(moved, this.#moved);
    return moved;
  }
}

function isPlainHandshake(bytes: Buffer): boolean {
  return (
    bytes.length > RECORD_HEADER + MESSAGE_HEADER && bytes[0] === HANDSHAKE && bytes.readUInt16BE(3) === 0
  );
}

/** RFC 6347 section 4.2.3. */
function fragmentOf(record: Buffer, start: number, end: number): Buffer {
  const head = Buffer.from(record.subarray(0, RECORD_HEADER + MESSAGE_HEADER));
  const body = record.subarray(head.length + start, head.length + end);
  head.writeUInt16BE(MESSAGE_HEADER + body.length, RECORD_HEADER - 2);
  head.writeUIntBE(start, RECORD_HEADER + MESSAGE_HEADER - 2 * LENGTH_OCTETS, LENGTH_OCTETS);
  head.writeUIntBE(body.length, RECORD_HEADER + MESSAGE_HEADER - LENGTH_OCTETS, LENGTH_OCTETS);
  return Buffer.concat([head, body]);
}

/** Moves the numbers of all records that are not encrypted: those are told apart by their epoch. */
function moveRecords(datagram: Buffer, by: number): void {
  for (let at = 0; at + RECORD_HEADER <= datagram.length; ) {
    const type = datagram.readUInt8(at);
    if (type < 20 || type > 25) return;
    if (datagram.readUInt16BE(at + 3) === 0)
      datagram.writeUIntBE(datagram.readUIntBE(at + 5, 6) + by, at + 5, 6);
    at += RECORD_HEADER + datagram.readUInt16BE(at + RECORD_HEADER - 2);
  }
}
