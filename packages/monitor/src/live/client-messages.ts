/**
 * Reads the first messages of a WebSocket's client, and writes answers to them, before its octets are passed on as they are: RFC
 * 6455, sections 4.2.2 and 5. Sans-IO. Whoever has not shown a token is granted little: one frame a message, and not a long one.
 */
import { createHash } from 'node:crypto';
import { MAX_FIRST_MESSAGE } from '@kraken/edge/auth/callers';
import { LIVE_CLOSE } from '@kraken/protocol';

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** FIN and no extension's bits, with the opcode. */
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;
const CLOSE = 0x88;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_IN_16_BITS = 126;
const SHORT_HEADER = 2;
const MASK_LENGTH = 4;
const MAX_16_BITS = 0xffff;

/** The socket is to be closed. */
export interface ClosingFault {
  readonly code: number;
  readonly reason: string;
}

export type ClientMessage = { readonly text: string } | ClosingFault | 'ended';

export class ClientMessages {
  #held: Buffer = Buffer.alloc(0);

  /** What has come and was not read: to be passed on. */
  get rest(): Buffer {
    return this.#held;
  }

  /** @param piece the next octets; far fewer than can do harm, since they are read message by message */
  push(piece: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, piece]);
  }

  /** @returns the next message, or null when it has not come whole; control frames that ask for nothing are passed over */
  next(): ClientMessage | null {
    for (;;) {
      const [first, second] = this.#held;
      if (first === undefined || second === undefined) return null;
      const fault = faultOf(first, second);
      if (fault !== null) return fault;
      const payload = this.#payload(second & LENGTH_BITS);
      if (payload === null || 'code' in payload) return payload;
      if (first === CLOSE) return 'ended';
      if (first === TEXT) return { text: payload.octets.toString() };
    }
  }

  /** @returns what the frame carries, unmasked, and takes the frame out; null when it has not come whole */
  #payload(shortLength: number): { readonly octets: Buffer } | ClosingFault | null {
    const isLong = shortLength === LENGTH_IN_16_BITS;
    const maskAt = isLong ? 2 * SHORT_HEADER : SHORT_HEADER;
    if (this.#held.length < maskAt) return null;
    const length = isLong ? this.#held.readUInt16BE(SHORT_HEADER) : shortLength;
    if (length > MAX_FIRST_MESSAGE) return TOO_LONG;
    const begin = maskAt + MASK_LENGTH;
    if (this.#held.length < begin + length) return null;
    const mask = this.#held.subarray(maskAt, begin);
    const octets = Buffer.from(this.#held.subarray(begin, begin + length));
    for (let index = 0; index < length; index++) {
      octets.writeUInt8((octets[index] ?? 0) ^ (mask[index % MASK_LENGTH] ?? 0), index);
    }
    this.#held = this.#held.subarray(begin + length);
    return { octets };
  }
}

const TOO_LONG: ClosingFault = {
  code: LIVE_CLOSE.TOO_LONG,
  reason: `longer than ${MAX_FIRST_MESSAGE} octets before a token was shown`,
};

function faultOf(first: number, second: number): ClosingFault | null {
  if ((second & MASK_BIT) === 0) return { code: LIVE_CLOSE.PROTOCOL_ERROR, reason: 'a frame is not masked' };
  if (first === BINARY) return { code: LIVE_CLOSE.UNSUPPORTED_DATA, reason: 'messages are text' };
  const length = second & LENGTH_BITS;
  if (first === TEXT) return length > LENGTH_IN_16_BITS ? TOO_LONG : null;
  if ((first === PING || first === PONG || first === CLOSE) && length < LENGTH_IN_16_BITS) return null;
  return { code: LIVE_CLOSE.PROTOCOL_ERROR, reason: 'expected a whole message in one frame' };
}

/** @returns a text message as a server sends it; at most 65,535 octets */
export function textFrame(text: string): Buffer {
  const octets = Buffer.from(text);
  if (octets.length > MAX_16_BITS) throw new RangeError('a text of more than 65,535 octets');
  if (octets.length < LENGTH_IN_16_BITS) return Buffer.concat([Buffer.from([TEXT, octets.length]), octets]);
  const header = Buffer.from([TEXT, LENGTH_IN_16_BITS, 0, 0]);
  header.writeUInt16BE(octets.length, SHORT_HEADER);
  return Buffer.concat([header, octets]);
}

/** @returns the header section of the response that opens a WebSocket, with no extension and no protocol */
export function openingHead(key: string): string {
  const accept = createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64');
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`
  );
}
